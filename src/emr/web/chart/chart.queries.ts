import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api } from '../../../ui/api.ts';
import { sendFile } from '../../../ui/send-file.ts';
import type {
  AddCoverageRequest,
  BillRequest,
  Chart,
  ChartDocument,
  ChartTabName,
  ChartTabs,
  RecordResultRequest,
  SavedSet,
  SaveForOceanRequest,
  StagedItem,
  Upload,
  WriteNoteRequest,
} from '../../contract/chart.ts';

const chartKey = (patientId: string) => ['chart', patientId] as const;
const pathOf = (patientId: string) => `/api/patients/${encodeURIComponent(patientId)}`;

export const useChart = (patientId: string) =>
  useQuery({
    queryKey: [...chartKey(patientId), 'all'],
    queryFn: ({ signal }) => api<Chart>(`${pathOf(patientId)}/chart`, { signal }),
  });

/** A tab's entries, further ones on request. The first are those that came with the chart. */
export function useEntries<Tab extends ChartTabName>(patientId: string, tab: Tab, first: ChartTabs[Tab]) {
  const queries = useQueryClient();
  const queryKey = [...chartKey(patientId), tab];
  const { data, ...query } = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => {
      const query = pageParam === '' ? '' : `?${new URLSearchParams({ before: pageParam })}`;
      return api<ChartTabs[Tab]>(`${pathOf(patientId)}/chart/${tab}${query}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: ({ more }: ChartTabs[Tab]) => more,
    initialData: { pages: [first], pageParams: [''] },
    // What the chart is read with again is what they begin with again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const shownFirst = useRef(first);
  useEffect(() => {
    if (shownFirst.current === first) return;
    shownFirst.current = first;
    queries.setQueryData(queryKey, { pages: [first], pageParams: [''] });
  });
  const pages: readonly ChartTabs[Tab][] = data.pages;
  return {
    entries: pages.flatMap((page) => [...page.entries] as ChartTabs[Tab]['entries'][number][]),
    /** What stands around the entries, as read last. */
    tab: pages[0] ?? first,
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loading: query.isFetchingNextPage,
    error: query.error,
  };
}

/** A change to the chart; then all of it is read again, a refusal included: what is there now is shown beside it. */
function useChange<Input, Output>(patientId: string, mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: [...chartKey(patientId), 'all'] }),
  });
}

export interface FileToAdd {
  readonly file: File;
  readonly officeId: string;
  readonly providerId: string;
  readonly folder: string;
  readonly title: string;
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

/** Sends the file, then files it: two requests, and nothing is in the chart before the second has been answered. */
export const useAddDocument = (patientId: string) =>
  useChange(patientId, async ({ file, officeId, providerId, folder, title, onProgress, signal }: FileToAdd) => {
    const path = `/api/uploads?${new URLSearchParams({ officeId, providerId })}`;
    // A file that the browser has no type for is sent as what it is: unknown. The server says what it takes.
    const type = file.type || 'application/octet-stream';
    const { uploadId } = await sendFile<Upload>({ path, file, type, onProgress, signal });
    // From here on nothing is stopped: a request that is cut off may have been done, and nobody would know.
    signal.throwIfAborted();
    const body = { officeId, providerId, uploadId, folder, title };
    return api<ChartDocument>(`${pathOf(patientId)}/documents`, { method: 'POST', body });
  });

export const useWriteNote = (patientId: string) =>
  useChange(patientId, (body: WriteNoteRequest) => api(`${pathOf(patientId)}/notes`, { method: 'POST', body }));

export const useRecordResult = (patientId: string) =>
  useChange(patientId, (body: RecordResultRequest) => api(`${pathOf(patientId)}/results`, { method: 'POST', body }));

export const useBill = (patientId: string) =>
  useChange(patientId, (body: BillRequest) => api(`${pathOf(patientId)}/charges`, { method: 'POST', body }));

export const useAddCoverage = (patientId: string) =>
  useChange(patientId, (body: AddCoverageRequest) => api(`${pathOf(patientId)}/coverages`, { method: 'POST', body }));

export const usePay = (patientId: string) =>
  useChange(patientId, ({ chargeItemId, version, cents }: { chargeItemId: string; version: number; cents: number }) =>
    api(`/api/charges/${encodeURIComponent(chargeItemId)}/payments`, {
      method: 'POST',
      ifMatch: `"${version}"`,
      body: { cents },
    }),
  );

export interface EntryToWithdraw {
  readonly kind: 'documents' | 'notes' | 'results' | 'charges';
  readonly id: string;
  readonly version: number;
  /** What a person calls it. */
  readonly title: string;
}

export const useWithdraw = (patientId: string) =>
  useChange(patientId, ({ kind, id, version, reason }: EntryToWithdraw & { reason: string }) =>
    api(`/api/${kind}/${encodeURIComponent(id)}/withdraw`, {
      method: 'POST',
      ifMatch: `"${version}"`,
      body: { reason },
    }),
  );

export const useSaveForOcean = (patientId: string) =>
  useChange(patientId, (body: SaveForOceanRequest) =>
    api<SavedSet>(`${pathOf(patientId)}/save-for-ocean`, { method: 'POST', body }),
  );

export const useTakeBack = (patientId: string) =>
  useChange(patientId, ({ kind, id }: { kind: StagedItem['kind']; id: string }) =>
    api(`${pathOf(patientId)}/save-for-ocean/${kind}s/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  );
