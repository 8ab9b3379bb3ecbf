/** What the published procedure calls the integration user of a clinic; those of further applications are counted. */
export const integrationUsername = (tenantId: number, number = 1): string =>
  number === 1 ? `OceanAPI${tenantId}` : `API${tenantId}-${number}`;

/** Kept for *Add integration*: a person who took it would stand in its way for ever. */
export function isReservedUsername(tenantId: number, username: string): boolean {
  return username.toLowerCase() === integrationUsername(tenantId).toLowerCase();
}
