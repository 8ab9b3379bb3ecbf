// What was picked with *Save for Ocean*, for Cloud Connect, which fetches it.
export { type AskedFetch, claimFetch, type Lacking, setFetch, settleFetch } from './saved-fetch.sql.ts';
