import { inflateSync } from 'node:zlib';

/** Packed twice, since an LZMA stream of zeros still packs well. */
const PACKED = [
  'eNrtzVsrgwEABuBPOWZskpoLoxgzZdwo51pyaE2xwjKNQhENzeFCM7S1lpo5tVy4WQjTTDEpTCZpWSSFMoytVtIi',
  '+dasz41/4X3+wNNCEEqC+kMQshBFGa1UVVl10kBhW93eDMdrVEcF3l9ZE9e806KSMIFFca7VCnnGuLuxlZep9ATR',
  'k5h5Oqh1D5O7c2O0bptLXtPu9klE2+G33xW0DWlcb6XPczKksS40mnaFz10psqBAw+jhOzTlEkJ3WWvO5Mz1p5bq',
  'Mp77llbTpW8ch+pq3qBVcPUfWYPfybZIg9AQujXfTNPtbBH5pS/Ij1jeepcd9wmraFf6hPXN1pR9pyWLKRGrfZ31',
  'TYe+IZP41dMcER04u9/8CdbnyC9YzWn8wIOolMxujylWOrg9jzvFfvtBrnSdXibo5E8nxlOMWbJ/REzGXlDznEr6',
  '2s+oK7iYl9tg06k+J8dtHahRo0aNGjVq1KhRo0aNGjVq1KhRo0aNGjVq1KhRo0aNGjVq1KhRo0aNGjVq1KhR/5f6',
  'yOs0r1kpys9WEr/ZW3xe',
].join('');

/** 11 kB of LZMA that unpack to 80 MB, of a size that its header does not tell. */
export function lzmaBomb(): Uint8Array {
  return inflateSync(Buffer.from(PACKED, 'base64'));
}
