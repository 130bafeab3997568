/**
 * Settings of a new cluster, written into its postgresql.conf, where whoever runs the centre may change them. They are
 * for a machine of 1 GB and an SD card that holds more than this database; what is not named is PostgreSQL's default,
 * above all everything that makes a commit durable.
 */
export const CLUSTER_SETTINGS: Readonly<Record<string, string>> = {
  // what is written lies in the last partitions and fits; the system caches the rest
  shared_buffers: '128MB',
  // a connection in use takes 5 to 8 MB: 60 of them leave half a machine of 1 GB; several centres share them
  max_connections: '60',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  // half of the default: less of a small disk, and a crash is recovered from in seconds
  max_wal_size: '512MB',
  min_wal_size: '64MB',
  // whole pages are most of what is written after a checkpoint: half the wear of an SD card for little work
  wal_compression: 'pglz',
  // neither a flash disk nor an SD card has heads to move
  random_page_cost: '1.1',
  // no compiler comes with it
  jit: 'off',
};

/** What must be as this centre expects, whatever the file says; given on the command line. */
export const FIXED_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // a path of ours may be longer than a socket's may be (107 bytes), and loopback is everywhere
  unix_socket_directories: '',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '<%p> ',
  log_timezone: 'UTC',
  timezone: 'UTC',
  lc_messages: 'C',
  log_checkpoints: 'off',
  // texts of statements may hold what nobody should read
  log_min_error_statement: 'panic',
  // a query of a process that was killed ends
  client_connection_check_interval: '10s',
};

const ENV_PASSED = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR', 'SystemRoot'] as const;

/** What its programs get of our environment: nothing that changes what they do, and nobody's secrets. */
export function programEnv(): Record<string, string> {
  const passed = ENV_PASSED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passed), LC_ALL: 'C' };
}
