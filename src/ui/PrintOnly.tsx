import type { ReactNode } from 'react';

/** Seen on paper and nowhere else. */
export const PrintOnly = ({ children }: { children: ReactNode }) => <div className="printonly">{children}</div>;

/** Seen on the screen and not on paper. */
export const NoPrint = ({ children }: { children: ReactNode }) => <div className="noprint">{children}</div>;
