/** A time as callers write it, in UTC as we keep it. Years before 0 and beyond 9999 have no place in an ISO date. */
import { z } from 'zod';

const UTC_LENGTH = '2026-01-01T00:00:00.000Z'.length;

export const utcTime = z.iso
  .datetime({ offset: true })
  .transform((dateTime) => new Date(dateTime).toISOString())
  .refine((utc) => utc.length === UTC_LENGTH, 'A time lies between the years 0 and 9999.');
