export { localText } from './domain/local-time.ts';
export { zoneOffset } from './domain/zone-offset.ts';
