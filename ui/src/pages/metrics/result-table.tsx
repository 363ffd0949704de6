import type { JSX } from "preact";
import { seriesName, table } from "../../api/prometheus.js";
import { Empty, Failure, Loading } from "../../components/notices.js";
import { useResource } from "../../resource.js";
import { bounds, type TimeRange, timeRangeQuery } from "../../time-range.js";

const refreshMs = 10_000;
const rowsMax = 500;

/** The values of an expression at the end of the range, the largest first. */
export function ResultTable(props: { readonly expression: string; readonly range: TimeRange }): JSX.Element {
  const { expression, range } = props;
  const { data, error } = useResource(
    `table ${expression} ${JSON.stringify(timeRangeQuery(range))}`,
    async (signal) => {
      const { endS } = bounds(range);
      const rows = await table(expression, endS, signal);
      return { endS, rows: rows.sort((a, b) => (Number(b.text) || 0) - (Number(a.text) || 0)) };
    },
    range.kind === "last" ? refreshMs : 0,
  );
  if (error) return <Failure error={error} />;
  if (!data) return <Loading />;
  const at = new Date(data.endS * 1000).toLocaleTimeString("en-GB");
  if (data.rows.length === 0) {
    return (
      <Empty title={`Nothing at ${at}`}>
        <p>No series has a value at the end of the range.</p>
      </Empty>
    );
  }
  return (
    <>
      <p class="muted">
        {data.rows.length} at {at}
        {data.rows.length > rowsMax && `; the first ${rowsMax} are shown`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" aria-label="Values" tabIndex={0}>
        <table class="values">
          <thead>
            <tr>
              <th scope="col">Series</th>
              <th scope="col" class="number">
                Value
              </th>
            </tr>
          </thead>
          <tbody>
            {data.rows.slice(0, rowsMax).map(({ labels, text }, index) => (
              <tr key={index}>
                <td>
                  <code>{seriesName(labels)}</code>
                </td>
                <td class="number">{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
