import type { ReactNode } from 'react';

/**
 * A dense table: rows of 32 px, 13 px text. Its rows are the caller's `<thead>` and `<tbody>`; `num` on a cell aligns
 * figures, `tr.group` is a heading row. `label` names the table; with `caption` it is also seen.
 */
export function DataTable({
  label,
  caption = false,
  children,
}: {
  label: string;
  caption?: boolean;
  children: ReactNode;
}) {
  return (
    <table className="data" aria-label={caption ? undefined : label}>
      {caption && <caption>{label}</caption>}
      {children}
    </table>
  );
}
