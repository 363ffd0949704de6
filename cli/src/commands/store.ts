import { join } from "node:path";
import { defaultSqlLimits, exportParquet, openStoreFile, type StoreFile } from "@venturi/store";
import type { Command } from "commander";
import { dataDir } from "../stack/paths.js";
import { sqlFormats } from "../store/sql-formats.js";
import { print } from "../terminal.js";

interface FileOptions {
  readonly data?: string;
  readonly file?: string;
}

interface SqlOptions extends FileOptions {
  readonly format: string;
  readonly maxRows: string;
}

interface ExportOptions extends FileOptions {
  readonly table: string;
  readonly parquet: string;
}

function addFileOptions(command: Command): Command {
  return command
    .option("--data <dir>", "folder of the database (default: .venturi)")
    .option("--file <path>", "the database itself, instead of venturi.duckdb in that folder");
}

function pathOf(options: FileOptions): string {
  return options.file ?? join(dataDir(options.data), "venturi.duckdb");
}

async function withStore<T>(options: FileOptions, work: (file: StoreFile) => Promise<T>): Promise<T> {
  const file = await openStoreFile(pathOf(options));
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** `venturi store`: the embedded store's file, whether `venturi up` is running or not. */
export function addStoreCommand(program: Command): void {
  const store = program.command("store").description("query, copy and check the database of the embedded store");
  addSql(store);
  addFileOptions(store.command("backup <file>").description("write a consistent copy to a new file")).action(
    async (target: string, options: FileOptions) => {
      const bytes = await withStore(options, (file) => file.backup(target));
      print(`${target}: ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
    },
  );
  addFileOptions(store.command("verify").description("read everything and report what is damaged")).action(
    async (options: FileOptions) => {
      const { problems, rows, samples } = await withStore(options, (file) => file.verify());
      for (const [table, count] of Object.entries(rows)) print(`${table.padEnd(24)}${count} rows`);
      print(`${"samples".padEnd(24)}${samples}`);
      for (const problem of problems) print(`damaged: ${problem}`);
      if (problems.length > 0) throw new Error(`${problems.length} problems in ${pathOf(options)}`);
      print("the file is sound");
    },
  );
  addFileOptions(store.command("export").description("write one table to a Parquet file"))
    .requiredOption("--table <name>", "such as spans, logs or resources")
    .requiredOption("--parquet <file>", "a file that does not exist yet")
    .action(async (options: ExportOptions) => {
      const rows = await exportParquet(pathOf(options), options.table, options.parquet);
      print(`${options.parquet}: ${rows} rows`);
    });
}

function addSql(store: Command): void {
  const command = store.command("sql <statement>").description("run one SELECT; docs/store.md lists the tables");
  addFileOptions(command)
    .option("--format <format>", "table, json or csv", "table")
    .option("--max-rows <count>", "stop after so many rows", String(defaultSqlLimits.maxRows))
    .action(async (statement: string, options: SqlOptions) => {
      const format = sqlFormats[options.format];
      if (format === undefined)
        throw new Error(`no format "${options.format}": use ${Object.keys(sqlFormats).join(", ")}`);
      const maxRows = Number(options.maxRows);
      if (!Number.isInteger(maxRows) || maxRows < 1) throw new Error("--max-rows is no whole number above 0");
      const answer = await withStore(options, (file) => file.sql(statement, { ...defaultSqlLimits, maxRows }));
      print(format(answer));
      if (answer.isTruncated) process.stderr.write(`only the first ${maxRows} rows; --max-rows asks for more\n`);
    });
}
