import { VENUE_KINDS } from '../simulation/venue-kinds.ts';
import { FakeBench, OandaBench, SimBench } from '../testing/venue-benches.ts';
import { venueContract } from '../testing/venue-contract.ts';

venueContract('the simulated venue', async () => new SimBench());
venueContract('the OANDA adapter', () => OandaBench.start());
for (const [name, capabilities] of Object.entries(VENUE_KINDS)) {
  venueContract(`a fake venue, ${name}`, async () => new FakeBench(capabilities));
}
