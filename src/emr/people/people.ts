/** What the published procedure calls the integration user of a clinic. */
export const integrationUsername = (tenantId: number): string => `OceanAPI${tenantId}`;

/** Kept for *Add integration*: a person who took it would stand in its way for ever. */
export function isReservedUsername(tenantId: number, username: string): boolean {
  return username.toLowerCase() === integrationUsername(tenantId).toLowerCase();
}
