// The shapes of docs/api.md. Times are RFC 3339 UTC; tonnes are wet tonnes of the lot.

export type Role = 'officer' | 'supervisor' | 'terminal' | 'consignee' | 'admin';
export interface Session { user: string; name: string; role: Role; csrf: string }

export interface Measured {
  name: string; value: number; std_error: number; unit: string;
  expected?: number; low?: number; high?: number;
}
/** `std_error` is that of one slice. */
export interface LotMean extends Measured {
  std_error_500t?: number; std_error_lot?: number;
  detection_limit?: number; detection_limit_500t?: number; detection_limit_lot?: number;
}

export type LineState = 'running' | 'stopped' | 'empty' | 'no_signal';
export interface PlacedInstrument {
  instrument: string; kind: string; distance_m: number; sampling_distance_t: number; state: InstrumentState;
}
export interface Segment { lot: string; from_m: number; to_m: number; from_t: number; to_t: number }
/** A stretch of a lot in the order the line fed it; `line_t` is the line's running total where it begins. */
export interface Run { lot: string; from_t: number; to_t: number; line_t: number }
export interface Line {
  line: string; name: string; state: LineState; speed_mps: number; rate_tph: number; load_kg_per_m: number;
  lot: string | null; tonnes_passed: number; time: string;
  layout: { feed_m: number; belt_end_m?: number; instruments: PlacedInstrument[] };
  segments: Segment[]; coverage: Record<string, number>; runs?: Run[];
}
export interface Provenance { what: string; kind: string; source: string }
export interface Site { site: string; timezone: string; provenance: Provenance[]; lines: Line[] }

/** [t_from, t_to, value, std_error, time_ms, expected?] */
export type Point = [number, number, number, number, number, number?];
export interface SeriesHead {
  name: string; model: string; unit: string; low?: number; high?: number; expected?: number;
}
export interface Series extends SeriesHead { points: Point[] }
export interface PushedPoint extends SeriesHead { line: string; lot: string; point: Point }

export interface Box { x: number; y: number; w: number; h: number; label: string }
export interface Frame {
  evidence: string; instrument: string; from_t: number; to_t: number; time: string; lot?: string; line?: string;
  width_px?: number; height_px?: number; mm_per_px?: number; boxes: Box[];   // without a size: the picture's own
}

export type LotState = 'declared' | 'discharging' | 'inspected' | 'release_proposed' | 'released' | 'held' | 'rejected';
export type Interval = [number, number];
export interface ModelCoverage { name: string; fitted: boolean; fraction: number; intervals: Interval[]; required: boolean }
export interface Blocker { code: string; text: string; about?: string; overridable?: boolean; from_t?: number; to_t?: number }
export interface Lot {
  lot: string; call: string; ship: string; consignment: string; brand: string; origin: string; consignee: string;
  hs_code: string; commodity: string; declared_mass_t: number; declared_composition: Record<string, number>;
  state: LotState; tonnes_passed: number; rate_tph: number; eta: string | null;
  started: string | null; ended: string | null; released: string | null; line?: string;
  required_models?: string[];
  coverage?: { models: ModelCoverage[]; instruments: ModelCoverage[] };
  composition?: LotMean[]; findings_open?: number; alarms_open?: number;
  increments?: { planned: number[]; taken: number[] };
  blockers?: Blocker[]; dispositions?: Disposition[];
}

export type Priority = 'critical' | 'high' | 'medium' | 'low';
export type AlarmState = 'unacknowledged' | 'acknowledged' | 'returned' | 'shelved' | 'suppressed' | 'out_of_service' | 'closed';
export interface Position { where: string; distance_m?: number; seconds_to_leave?: number }
export interface Alarm {
  alarm: string; case: string; priority: Priority; state: AlarmState; code: string; model: string; label: string;
  confidence: number; classes?: { label: string; confidence: number }[]; line: string; lot: string; from_t: number; to_t: number; raised: string; updated: string;
  acknowledged_by: string | null; findings: number; measured: Measured[]; position?: Position | null;
}
export interface Evidence {
  kind: string; media_type: string; sha256: string | null; instrument: string; frame_number?: number;
  box?: { x: number; y: number; w: number; h: number } | null;
}
export interface Finding {
  id: string; model: string; model_version: string; code: string; label: string; confidence: number;
  verdict: 'ok' | 'suspect' | 'dont_know'; priority: Priority | 'none'; line: string; lot: string;
  from_t: number; to_t: number; time: string; measured: Measured[]; evidence: Evidence[];
}
export interface Disposition {
  id: string; kind: string; by: string; name: string; role: string; time: string; reason: string; note: string; code?: string;
  from_t?: number | null; to_t?: number | null;
  brand?: string; levels?: { series: string; level: number; unit: string }[];
  second: { by: string; name?: string; time: string; reason: string } | null;
  state: 'done' | 'waiting_second' | 'waiting_answer' | 'answered' | 'refused' | 'standing' | 'lifted' | 'withdrawn'; answer?: string | null;
}
export interface Case {
  case: string; state: 'open' | 'disposed'; priority: Priority; code: string; title_code: string; lot: string;
  from_t: number; to_t: number; opened: string;
  alarms?: Alarm[]; findings?: Finding[]; dispositions?: Disposition[];
}
export interface SpectrumEvidence {
  wavelengths_nm: number[]; reflectance: number[]; mean?: number[]; low?: number[]; high?: number[]; brand?: string;
}
export interface GammaEvidence {
  energy_kev: number[]; counts: number[]; expected?: number[]; live_s: number; nuclide?: string;
}

/** A digit a cell, row by row: powers of ten of clean frames (network) or standard deviations from the picture's own ore (colour). */
export interface HeatEvidence {
  heat_columns: number; heat_rows: number; levels: string; by: 'network' | 'colour'; width_px: number; height_px: number;
}
export interface WaterfallEvidence {
  edges_kev: number[]; seconds: number[]; row_live_s: number[]; load_kg_per_m: number[]; rows: number[][];
}

/** Limits that a finding exceeds, with where each comes from. */
export interface LimitsEvidence {
  limits: { quantity: string; high: number; unit: string; source: string; verified: boolean }[];
}

export type InstrumentState = 'connecting' | 'working' | 'degraded' | 'faulty' | 'disconnected';
export interface Instrument {
  instrument: string; line: string; kind: string; driver: string; state: InstrumentState; message: string;
  since: string; last_reading: string | null; accepted: number; dropped: { cause: string; count: number }[]; values: Measured[];
}

export interface AuditEntry {
  number: number; time: string; user: string; name: string; role: string; act: string; subject: string;
  reason: string; detail: string; hash: string; previous_hash: string;
}
export interface Audit { entries: AuditEntry[]; head: string; whole: boolean; checked?: string | null }
export interface OutOfService { line: string; model: string; by: string; since: string; reason: string }

export interface Declaration {
  number: string; hs_code: string; brand: string; origin: string; consignee: string; ship: string; call: string;
  lot: string; feed_number: number; mass_t: number; composition: Record<string, number>; commodity: string;
  imported?: string; by?: string; state?: string;
}
export interface Imported { accepted: number; unchanged: number; numbers: string[] }
export interface ReleaseAnswer { disposition: Disposition; state: LotState; needs_second: boolean; blockers: Blocker[] }

export interface FieldError { field: string; row?: number; message: string }

export type Push =
  | ({ type: 'line' } & Line) | { type: 'points'; points: PushedPoint[]; missed?: number }
  | ({ type: 'alarm' } & Alarm) | ({ type: 'case' } & Case) | ({ type: 'lot' } & Lot)
  | ({ type: 'instrument' } & Instrument) | { type: 'audit' } | ({ type: 'frame' } & Frame)
  | { type: 'tick'; time: string; speed?: number };
