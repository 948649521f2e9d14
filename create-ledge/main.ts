#!/usr/bin/env node
/** `npm create ledge`: the only file that knows the process's arguments, its folder and its exit code. */
import { createLedge } from './create-ledge.ts';

process.exitCode = createLedge(process.argv.slice(2));
