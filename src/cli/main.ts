import { enableCompileCache } from 'node:module';

// Before anything else is loaded: compiling the engine's modules takes longer than starting Node.
enableCompileCache();
const { runCommandLine } = await import('./run-command-line.ts');
await runCommandLine(process.argv.slice(2));
