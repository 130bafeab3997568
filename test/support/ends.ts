// Loaded by vitest before each file of tests: a module is loaded once in a process, and so would its own hooks be.
import { afterAll, afterEach } from 'vitest';
import { endFile, endTest } from './afterwards.ts';

afterEach(endTest);
afterAll(endFile);
