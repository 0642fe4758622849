import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import { usePanel } from '../hooks.ts';
import { lineOf } from '../stores/long-list.ts';

/** The agent remembers no more of them, with those that are not sent yet. */
const ALL = 220;

/** The user's own requests, newest first. */
export function useOwnRequests(): readonly OwnRequest[] {
  const { requests } = usePanel();
  const state = useStore(requests.store);
  useEffect(() => requests.show(0, ALL), [requests]);
  return Array.from({ length: Math.min(ALL, state.total) }, (_, index) => lineOf(state, index)).filter(
    (row) => row !== null,
  );
}
