import { CsvReader } from "./csv.js";
import { FileTail } from "./file-tail.js";
import { Measurements, watchedMetrics } from "./measurements.js";

const readEveryMs = 1_000;

export interface Watch {
  /** Reads what is left; call it when k6 has ended. */
  finish(): Promise<Measurements>;
  close(): Promise<void>;
}

/** Follows k6's CSV file while k6 writes it, and tells the state of things every second. */
export function watchMeasurements(csvFile: string, onProgress: (measurements: Measurements) => void): Watch {
  const tail = new FileTail(csvFile);
  const reader = new CsvReader(watchedMetrics);
  const measurements = new Measurements();
  let reading: Promise<void> = Promise.resolve();
  const drain = (): Promise<void> =>
    tail.drain((text) => {
      for (const row of reader.read(text)) measurements.add(row);
    });
  const timer = setInterval(() => {
    // One at a time; a failed read fails finish(), and not a timer that nobody listens to.
    reading = reading.then(drain).then(() => onProgress(measurements));
    reading.catch(() => {});
  }, readEveryMs);
  return {
    finish: async () => {
      clearInterval(timer);
      await reading;
      await drain();
      return measurements;
    },
    close: async () => {
      clearInterval(timer);
      await reading.catch(() => {});
      await tail.close();
    },
  };
}
