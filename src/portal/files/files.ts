// Files of a site, for Cloud Connect: what it files in the EMR, and what it brings from there.
export { readChunks } from './files.sql.ts';
export { storeFile } from './store-file.ts';
