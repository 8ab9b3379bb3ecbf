import { z } from 'zod';

export const userKinds = ['administrator', 'staff', 'service'] as const;
export type UserKind = (typeof userKinds)[number];

/** POST /api/sign-in. tenantId may be left out where the installation has one clinic. */
export const signInRequest = z.object({
  tenantId: z.number().int().positive().optional(),
  username: z.string().trim().min(1).max(200),
  password: z.string().min(1).max(1000),
});
export type SignInRequest = z.infer<typeof signInRequest>;

/** GET /api/me, and the answer to signing in where nothing more is asked for (second-factor.ts). The browser shows what the abilities say and never derives them. */
export interface Me {
  readonly tenantId: number;
  readonly tenantName: string;
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly kind: UserKind;
  readonly abilities: {
    readonly manageSecurity: boolean;
    /** The offices that the person is manager of. */
    readonly manageOffices: readonly string[];
  };
  /** Whose wall clock tells what belongs to no office: that of the person's first office, else for administrators of the clinic's first. */
  readonly zone: string | null;
  /** Of each zone that an office of the person's is in, for administrators any office: minutes east of UTC up to `until`, one after the other; the last has no end. */
  readonly offsets: Readonly<Record<string, readonly { readonly until: string | null; readonly minutes: number }[]>>;
}

/** GET /api/set-up: what the sign-in page needs before anybody is known. */
export interface SetUpState {
  /** No clinic yet: the first administrator is asked for. */
  readonly needed: boolean;
  readonly clinics: readonly { readonly tenantId: number; readonly name: string }[];
}

/** POST /api/set-up: the first clinic, its first office and its first administrator; refused (409) once there is one. */
export const setUpRequest = z.object({
  tenantId: z.number().int().min(1).max(999_999),
  clinicName: z.string().trim().min(1).max(200),
  officeName: z.string().trim().min(1).max(200),
  zone: z.string().min(1).max(100),
  username: z.string().trim().min(1).max(200),
  displayName: z.string().trim().min(1).max(200),
  password: z.string().min(12).max(1000),
});
export type SetUpRequest = z.infer<typeof setUpRequest>;
