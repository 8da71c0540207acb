import { type BadConfig, table } from './bad-configs.ts';

// All limits of a gate, as the sample has them.
const COLLARS = '"*": "51" }, "entryPercent": { "EURUSD": "1.5" }';
const RATES =
  '"perSecond": 11, "perMinute": 112, "instrumentPerSecond": 6,' + ' "instrumentPerMinute": 57,';
const EXPOSURES =
  '"perInstrument": { "*": "300001" }, "net": "400001",' +
  ' "gross": "500001", "perCurrency": { "EUR": "250000", "*": "600001" }';
const MARGINS = '"maxUsedPercent": "41", "closeoutPercent": "52", "minDistancePercent": "21"';
const CAPS =
  '"orderUnits": { "*": "10000001" }, "positionUnits": { "*": "20000002" },' + ' "openOrders": 103';
const LOSSES = '"max": "2001", "maxPercent": "2.1", "hardMax": "3001", "hardMaxPercent": "3.1"';

/** Of the gates in the synthetic sample. */
export const BAD_GATES: readonly BadConfig[] = table(
  'config',
  `
gates ¦ "gates": { ¦ "gates": { "zz": 1, ¦ unknown_key
gates ¦ "gates": { ¦ "gates": { "tradingState": { "mode": "off" }, ¦ always_enforced
gates.orderSize ¦ "orderSize": { ¦ "orderSize": { "zz": 1, ¦ unknown_key
gates.orderSize.mode ¦ "enforce" ¦ "on" ¦ choice
gates.orderSize.onBreach ¦ "enforce", "onBreach": "cut" ¦ "enforce", "onBreach": "trim" ¦ choice
gates.orderSize.max ¦ "*": "1000" ¦ "*": "0.5" ¦ off_increment
gates.orderSize.max ¦ "*": "1000" ¦ "*": "0" ¦ range
gates.orderSize.max ¦ , "*": "1000" ¦ ¦ missing
gates.orderSize.max ¦ "*": "1000" ¦ "GBPUSD": "1", "*": "1000" ¦ unknown
gates.duplicative ¦ "duplicative": { ¦ "duplicative": { "zz": 1, ¦ unknown_key
gates.duplicative.mode ¦ "mode": "shadow", "within": "7s" ¦ "mode": "on", "within": "7s" ¦ choice
gates.duplicative.within ¦ "7s" ¦ "2d" ¦ range
gates.dataFreshness ¦ "dataFreshness": { ¦ "dataFreshness": { "zz": 1, ¦ unknown_key
gates.dataFreshness.mode ¦ "mode": "shadow", "quoteAgeMax" ¦ "mode": "log", "quoteAgeMax" ¦ choice
gates.dataFreshness.quoteAgeMax ¦ "14s" ¦ "2d" ¦ range
gates.marketHours ¦ "marketHours": { ¦ "marketHours": { "zz": 1, ¦ unknown_key
gates.marketHours.mode ¦ "marketHours": { "mode": "shadow" ¦ "marketHours": { "mode": true ¦ choice
gates.marketHours.afterOpen ¦ "61s" ¦ "61" ¦ format
gates.marketHours.beforeClose ¦ "62s" ¦ 62 ¦ type
gates.marketHours.beforeRollover ¦ "63s" ¦ "13h" ¦ range
gates.marketHours.afterRollover ¦ "64s" ¦ "-64s" ¦ format
gates.orderValue ¦ "orderValue": { ¦ "orderValue": { "zz": 1, ¦ unknown_key
gates.orderValue.mode ¦ "orderValue": { "mode": "shadow" ¦ "orderValue": { "mode": "" ¦ choice
gates.orderValue.onBreach ¦ "deny", "max" ¦ "drop", "max" ¦ choice
gates.orderValue.max ¦ "*": "100001" ¦ "*": "0.0000001" ¦ too_fine
gates.orderValue.max ¦ "*": "100001" ¦ "*": "4000000001" ¦ too_large
gates.orderValue.max ¦ , "*": "100001" ¦ ¦ missing
gates.orderValue.max ¦ "*": "100001" ¦ "GBPUSD": "1", "*": "100001" ¦ unknown
gates.orderValue.max ¦ "*": "100001" ¦ "*": 100001 ¦ type
gates.priceCollar ¦ "priceCollar": { ¦ "priceCollar": { "zz": 1, ¦ unknown_key
gates.priceCollar.mode ¦ "priceCollar": { "mode": "shadow" ¦ "priceCollar": { "mode": "x" ¦ choice
gates.priceCollar.entryPips ¦ "*": "51" ¦ "*": "0" ¦ range
gates.priceCollar.entryPips ¦ "*": "51" ¦ "GBPUSD": "51" ¦ unknown
gates.priceCollar.entryPips ¦ ${COLLARS} ¦ }, "entryPercent": {} ¦ missing
gates.priceCollar.entryPercent ¦ "EURUSD": "1.5" ¦ "EURUSD": "101" ¦ range
gates.priceCollar.exitPips ¦ "*": "152" ¦ "*": "50" ¦ order
gates.priceCollar.exitPercent ¦ "EURUSD": "4.5" ¦ "EURUSD": "1.4" ¦ order
gates.priceCollar.exitPercent ¦ "EURUSD": "4.5" ¦ "EURUSD": "4.50001" ¦ too_fine
gates.messageRate ¦ "messageRate": { ¦ "messageRate": { "zz": 1, ¦ unknown_key
gates.messageRate.mode ¦ "messageRate": { "mode": "shadow" ¦ "messageRate": { "mode": "x" ¦ choice
gates.messageRate.perSecond ¦ "perSecond": 11 ¦ "perSecond": 0 ¦ range
gates.messageRate.perSecond ¦ ${RATES} ¦ ¦ missing ¦ "messageRate": {
gates.messageRate.perMinute ¦ "perMinute": 112 ¦ "perMinute": 10 ¦ order
gates.messageRate.instrumentPerSecond ¦ "instrumentPerSecond": 6 ¦ "instrumentPerSecond": "6" ¦ type
gates.messageRate.instrumentPerMinute ¦ "instrumentPerMinute": 57 ¦ "instrumentPerMinute": 5 ¦ order
gates.messageRate.keptPercent ¦ "keptPercent": "25" ¦ "keptPercent": "91" ¦ range
gates.repeatedExecution ¦ "repeatedExecution": { ¦ "repeatedExecution": { "zz": 1, ¦ unknown_key
gates.repeatedExecution.mode ¦ "mode": "shadow", "fills" ¦ "mode": "no", "fills" ¦ choice
gates.repeatedExecution.fills ¦ "fills": 12 ¦ "fills": 1 ¦ range
gates.repeatedExecution.within ¦ "31s" ¦ "31 s" ¦ format
gates.exposure ¦ "exposure": { ¦ "exposure": { "zz": 1, ¦ unknown_key
gates.exposure.mode ¦ "exposure": { "mode": "shadow" ¦ "exposure": { "mode": "x" ¦ choice
gates.exposure.onBreach ¦ "cut", "perInstrument" ¦ "x", "perInstrument" ¦ choice
gates.exposure.perInstrument ¦ "*": "300001" ¦ "XXXYYY": "300001" ¦ unknown
gates.exposure.perInstrument ¦ ${EXPOSURES} ¦ "perInstrument": {} ¦ missing
gates.exposure.net ¦ "400001" ¦ "-1" ¦ range
gates.exposure.gross ¦ "500001" ¦ 500001 ¦ type
gates.exposure.perCurrency ¦ "EUR": "250000" ¦ "CHF": "250000" ¦ unknown
gates.exposure.perCurrency ¦ "EUR": "250000" ¦ "eur": "250000" ¦ key
gates.openPositions ¦ "openPositions": { ¦ "openPositions": { "zz": 1, ¦ unknown_key
gates.openPositions.mode ¦ "mode": "shadow", "max": 4 ¦ "mode": "no", "max": 4 ¦ choice
gates.openPositions.max ¦ "max": 4 ¦ "max": 0 ¦ range
gates.openPositions.max ¦ , "max": 4 ¦ ¦ missing
gates.margin ¦ "margin": { ¦ "margin": { "zz": 1, ¦ unknown_key
gates.margin.mode ¦ "margin": { "mode": "shadow" ¦ "margin": { "mode": "x" ¦ choice
gates.margin.onBreach ¦ "deny", "maxUsedPercent" ¦ "x", "maxUsedPercent" ¦ choice
gates.margin.maxUsedPercent ¦ "41" ¦ "1001" ¦ range
gates.margin.maxUsedPercent ¦ ${MARGINS} ¦ "closeoutPercent": "52" ¦ missing ¦ "margin": {
gates.margin.closeoutPercent ¦ "52" ¦ "0" ¦ range
gates.margin.minDistancePercent ¦ "21" ¦ "100.5" ¦ range
gates.margin.rateAgeMax ¦ "33s" ¦ "never" ¦ format
gates.brokerCaps ¦ "brokerCaps": { ¦ "brokerCaps": { "zz": 1, ¦ unknown_key
gates.brokerCaps.mode ¦ "brokerCaps": { "mode": "shadow" ¦ "brokerCaps": { "mode": "x" ¦ choice
gates.brokerCaps.onBreach ¦ "cut", "orderUnits" ¦ "x", "orderUnits" ¦ choice
gates.brokerCaps.orderUnits ¦ "*": "10000001" ¦ "*": "0.5" ¦ off_increment
gates.brokerCaps.orderUnits ¦ ${CAPS} ¦ "orderUnits": {} ¦ missing
gates.brokerCaps.positionUnits ¦ "*": "20000002" ¦ "NZDUSD": "1" ¦ unknown
gates.brokerCaps.openOrders ¦ 103 ¦ 100001 ¦ range
gates.dailyLoss ¦ "dailyLoss": { ¦ "dailyLoss": { "zz": 1, ¦ unknown_key
gates.dailyLoss.mode ¦ "dailyLoss": { "mode": "shadow" ¦ "dailyLoss": { "mode": "x" ¦ choice
gates.dailyLoss.max ¦ "2001" ¦ "0" ¦ range
gates.dailyLoss.max ¦ ${LOSSES} ¦ "hardMax": "3001" ¦ missing ¦ "dailyLoss": {
gates.dailyLoss.maxPercent ¦ "2.1" ¦ "2,1" ¦ format
gates.dailyLoss.hardMax ¦ "3001" ¦ "2000" ¦ order
gates.dailyLoss.hardMaxPercent ¦ "3.1" ¦ "2" ¦ order
gates.runDrawdown ¦ "runDrawdown": { ¦ "runDrawdown": { "zz": 1, ¦ unknown_key
gates.runDrawdown.mode ¦ "runDrawdown": { "mode": "shadow" ¦ "runDrawdown": { "mode": "x" ¦ choice
gates.runDrawdown.max ¦ "8001" ¦ "1.0000001" ¦ too_fine
gates.runDrawdown.maxPercent ¦ "8.1" ¦ "100.1" ¦ range
gates.runDrawdown.hardMax ¦ "9001" ¦ "8000" ¦ order
gates.runDrawdown.hardMaxPercent ¦ "9.1" ¦ "9.10001" ¦ too_fine
gates.lossMarks ¦ "lossMarks": { ¦ "lossMarks": { "zz": 1, ¦ unknown_key
gates.lossMarks.count ¦ "count": 5 ¦ "count": 0 ¦ range
gates.lossMarks.over ¦ "16s" ¦ "61m" ¦ range
gates.lossMarks.ageMax ¦ "8s" ¦ "0s" ¦ range
gates.lossMarks.spreadMaxPips ¦ "*": "13" ¦ "GBPUSD": "13" ¦ unknown
gates.lossDay ¦ "lossDay": { ¦ "lossDay": { "zz": 1, ¦ unknown_key
gates.lossDay.timeZone ¦ "Europe/Paris" ¦ "Mars/Olympus" ¦ unknown
gates.lossDay.start ¦ "23:15" ¦ "24:00" ¦ format
gates.lossCooldown ¦ "lossCooldown": { ¦ "lossCooldown": { "zz": 1, ¦ unknown_key
gates.lossCooldown.mode ¦ "mode": "shadow", "losses" ¦ "mode": "no", "losses" ¦ choice
gates.lossCooldown.losses ¦ "losses": 6 ¦ "losses": 0 ¦ range
gates.lossCooldown.wait ¦ "91m" ¦ "31d" ¦ range
`,
);
