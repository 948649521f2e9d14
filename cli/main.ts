#!/usr/bin/env node
/** The command line of the package, `ledge <command>`: the only file that knows the process's arguments and exit code. */
import { ledge } from './ledge.ts';

process.exitCode = await ledge(process.argv.slice(2));
