/** The largest document that a chart takes. */
export const contentLimitBytes = 20 * 2 ** 20;
