import { gateCost } from './gates.ts';

console.log(gateCost());
