import { LectorError } from '../../src/domain/errors.ts';

/** The system's name of an error; of several addresses tried in turn, the first one's. "EUNKNOWN" when it has none. */
export function socketErrno(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return error instanceof AggregateError && error.errors.length > 0 ? socketErrno(error.errors[0]) : 'EUNKNOWN';
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function words(host: string, port: number, errno: string, error: unknown): string {
  const name = `${host}:${port}`;
  switch (errno) {
    case 'ECONNREFUSED':
      return `${name} refused the connection: nothing listens there; check the port, and that the meter's TCP is on`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return `${host} is unreachable from this machine (${errno}): check its address, the cable and the network`;
    case 'ENOTFOUND':
    case 'EAI_NODATA':
      return `there is no machine named ${host}: correct its name, or write its address`;
    case 'EAI_AGAIN':
      return `the name ${host} could not be looked up: check this machine's DNS, or write its address`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${name} broke the connection off: a gateway that takes one client only may be in use by another program`;
    case 'EACCES':
    case 'EPERM':
      return `this machine does not allow a connection to ${name} (${errno}): check its firewall`;
    case 'EMFILE':
    case 'ENFILE':
      return `no connection to ${name}: too many files are open on this machine; raise the limit (ulimit -n)`;
    default:
      return `no connection to ${name}: ${said(error)}`;
  }
}

/** LINE_OPEN_FAILED with what to look at; facts: host, port, errno (the system's name of the error). */
export function connectFailure(host: string, port: number, error: unknown, connectMs: number): LectorError {
  const errno = socketErrno(error);
  if (errno === 'ETIMEDOUT') return connectTimeout(host, port, connectMs);
  return new LectorError('LINE_OPEN_FAILED', words(host, port, errno, error), { host, port, errno }, error);
}

/** LINE_OPEN_FAILED: nobody answered; errno ETIMEDOUT. */
export function connectTimeout(host: string, port: number, connectMs: number): LectorError {
  const text = `${host}:${port} did not answer within ${connectMs} ms: check its address and that it has power`;
  return new LectorError('LINE_OPEN_FAILED', text, { host, port, errno: 'ETIMEDOUT' });
}

/** LINE_CLOSED for a connection that was there; `error` null when the other side ended it in order. */
export function connectionLost(host: string, port: number, error: unknown): LectorError {
  const name = `${host}:${port}`;
  if (error === null) {
    const text = `${name} closed the connection; it is opened again`;
    return new LectorError('LINE_CLOSED', text, { host, port, errno: 'EOF' });
  }
  const text = `the connection to ${name} was lost (${said(error)}); it is opened again`;
  return new LectorError('LINE_CLOSED', text, { host, port, errno: socketErrno(error) }, error);
}
