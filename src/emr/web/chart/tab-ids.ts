export const chartTabIds = ['summary', 'appointments', 'documents', 'notes', 'results', 'bills'] as const;
export type ChartTabId = (typeof chartTabIds)[number];
