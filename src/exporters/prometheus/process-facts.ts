import { readdirSync } from 'node:fs';
import type { Families } from './families.ts';
import type { Lag } from './lag.ts';

/** Facts of the process, by the names that dashboards for Node know. */
export function gatherProcess(families: Families, lag: Lag | null): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const started = (performance.timeOrigin / 1000).toFixed(3);
  families.counter('process_cpu_seconds_total', 'Processor time, user and system', (user + system) / 1e6);
  families.gauge('process_start_time_seconds', 'Start of the process, since 1970', Number(started));
  families.gauge('process_resident_memory_bytes', 'Memory of the process', rss);
  families.gauge('process_open_fds', 'Open files and sockets', openFiles());
  families.gauge('nodejs_heap_size_used_bytes', 'Heap of JavaScript that is used', heapUsed);
  families.gauge('nodejs_heap_size_total_bytes', 'Heap of JavaScript', heapTotal);
  families.gauge('nodejs_external_memory_bytes', 'Memory outside the heap', external);
  const since = 'Lateness of the event loop since the last scrape';
  families.gauge('nodejs_eventloop_lag_mean_seconds', `${since}, mean`, lag?.mean ?? null);
  families.gauge('nodejs_eventloop_lag_p50_seconds', `${since}, median`, lag?.p50 ?? null);
  families.gauge('nodejs_eventloop_lag_p99_seconds', `${since}, of 99 %`, lag?.p99 ?? null);
  families.gauge('nodejs_eventloop_lag_max_seconds', `${since}, greatest`, lag?.max ?? null);
}

/** null where the system does not tell. */
function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}
