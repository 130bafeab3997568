import type { Installation } from '../domain/installation.ts';
import type { Place } from './listener.ts';
import { openToItsGroup, prepareUnixPath, takeStaleSocketAway } from './unix-path.ts';

type Settings = Installation['control'];

/** The TCP port of the control protocol. */
export function tcpPlace({ host, port }: Settings): Place {
  const words = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    words,
    opening: 'the control port listens at',
    options: { host, port },
    remedy(code) {
      if (code === 'EADDRINUSE') {
        return (
          'another program has the port, perhaps a Lector that runs already ' +
          `(ss -ltnp 'sport = :${port}' shows it): stop it, or write another port in lector.ini`
        );
      }
      if (code === 'EACCES') return 'ports below 1024 need a privilege: write a higher port in lector.ini';
      if (code === 'EADDRNOTAVAIL')
        return `this machine has no address ${host} now: wait for it, or write another host`;
      if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `write an address as host in lector.ini, not ${host}`;
      return 'see host and port in lector.ini';
    },
  };
}

/** The unix socket: one that a killed server left behind is taken over. */
export function unixPlace({ socket }: Settings): Place {
  return {
    words: socket,
    opening: 'clients of this machine may also connect at',
    options: { path: socket },
    prepare: () => prepareUnixPath(socket),
    opened: () => openToItsGroup(socket),
    free: () => takeStaleSocketAway(socket),
    remedy(code) {
      if (code === 'EADDRINUSE') return 'another Lector listens there, or a file of that name is in the way';
      if (code === 'EACCES' || code === 'EPERM')
        return 'let this user write to that folder, or write another socket in lector.ini';
      return 'see socket in lector.ini';
    },
  };
}
