import { useEffect, useState } from 'react';
import { ApiProblem } from './api.ts';

/** What a refusal (429) asks one to wait. */
export const secondsToWait = (problem: unknown): number =>
  problem instanceof ApiProblem && problem.status === 429 ? (problem.retryAfterSeconds ?? 0) : 0;

/** Seconds until another try is allowed, counted down; 0 when it is. */
export function useCountdown(problem: unknown): number {
  const seconds = secondsToWait(problem);
  const [left, setLeft] = useState(seconds);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each refusal starts its own countdown, even for the same length
  useEffect(() => {
    setLeft(seconds);
    if (seconds === 0) return;
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}
