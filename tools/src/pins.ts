/** The tools that Venturi drives or compares itself with, each at one pinned version. */
export type ToolName = "k6" | "prometheus" | "promtool" | "jaeger" | "otelcol";

/** An official release archive with the SHA-256 that its publisher states for it. */
export interface ArchivePin {
  readonly version: string;
  readonly url: string;
  readonly sha256: string;
  /** Path of the executable inside the archive. */
  readonly member: string;
}

export interface ToolPin {
  readonly name: ToolName;
  /** Environment variable that names an executable to use instead. */
  readonly envVar: string;
  /** Product version, as `--version` prints it. */
  readonly version: string;
  /** Counts changes of a main program of our own: two sets of components at one version are two tools in the cache. */
  readonly revision?: number;
  /** Folder below `tools/go/` whose go.mod pins the module. */
  readonly goFolder: string;
  /** Go package of the main program. */
  readonly goPackage: string;
  /** Linker flags beyond stripping, so that the binary knows its version. */
  readonly ldflags: readonly string[];
  readonly versionArgs: readonly string[];
  /** What the version output must contain: a program on PATH of the same name may be something else. */
  readonly versionPattern: RegExp;
  /** Rough time of a first build on two cores, in minutes, to say so before it starts. */
  readonly buildMinutes: number;
  /** Release archives by `platform-arch` of Node. */
  readonly archives: Readonly<Record<string, ArchivePin>>;
}

// The newest k6 whose checksums could be confirmed by three independent public sources; the module is newer.
const k6ArchiveVersion = "1.4.2";

function k6Archive(file: string, sha256: string): ArchivePin {
  const stem = file.replace(/\.(tar\.gz|zip)$/, "");
  return {
    version: k6ArchiveVersion,
    url: `https://github.com/grafana/k6/releases/download/v${k6ArchiveVersion}/${file}`,
    sha256,
    member: `${stem}/k6`,
  };
}

const prometheusVersion = "3.15.1";
const prometheusLdflags = [`-X github.com/prometheus/common/version.Version=${prometheusVersion}`];

export const pins: Readonly<Record<ToolName, ToolPin>> = {
  k6: {
    name: "k6",
    envVar: "K6_BIN",
    version: "1.8.1",
    goFolder: "k6",
    goPackage: "go.k6.io/k6",
    ldflags: [],
    versionArgs: ["version"],
    versionPattern: /^k6\S* v\d/m,
    buildMinutes: 2,
    archives: {
      "linux-x64": k6Archive(
        `k6-v${k6ArchiveVersion}-linux-amd64.tar.gz`,
        "c827501f510265db9c3313e4164d2585a97c7a3485ed440b93f7b1cfe6facd28",
      ),
      "linux-arm64": k6Archive(
        `k6-v${k6ArchiveVersion}-linux-arm64.tar.gz`,
        "0e9515502f80edb562f12c0b12a59085c0b113c6416d728e3c2a9e5a7506cc5c",
      ),
      "darwin-x64": k6Archive(
        `k6-v${k6ArchiveVersion}-macos-amd64.zip`,
        "ed79f1356fcc98ac645e6c9732def8fcd84cfeec8c6a2e92476663bda27b9550",
      ),
      "darwin-arm64": k6Archive(
        `k6-v${k6ArchiveVersion}-macos-arm64.zip`,
        "93635cccab3f7c689f890218ccbb92b0440a42f1380681a7d732a072915d7b76",
      ),
    },
  },
  prometheus: {
    name: "prometheus",
    envVar: "PROMETHEUS_BIN",
    version: prometheusVersion,
    goFolder: "prometheus",
    goPackage: "github.com/prometheus/prometheus/cmd/prometheus",
    ldflags: prometheusLdflags,
    versionArgs: ["--version"],
    versionPattern: /^prometheus, version /m,
    buildMinutes: 6,
    archives: {},
  },
  promtool: {
    name: "promtool",
    envVar: "PROMTOOL_BIN",
    version: prometheusVersion,
    goFolder: "prometheus",
    goPackage: "github.com/prometheus/prometheus/cmd/promtool",
    ldflags: prometheusLdflags,
    versionArgs: ["--version"],
    versionPattern: /^promtool, version /m,
    buildMinutes: 1,
    archives: {},
  },
  jaeger: {
    name: "jaeger",
    envVar: "JAEGER_BIN",
    version: "2.13.0",
    goFolder: "jaeger",
    goPackage: "github.com/jaegertracing/jaeger/cmd/jaeger",
    ldflags: ["-X github.com/jaegertracing/jaeger/internal/version.latestVersion=v2.13.0"],
    versionArgs: ["version"],
    versionPattern: /2\.\d+\.\d+/,
    buildMinutes: 5,
    archives: {},
  },
  otelcol: {
    name: "otelcol",
    envVar: "OTELCOL_BIN",
    version: "0.155.0",
    revision: 2,
    goFolder: "otelcol",
    goPackage: ".",
    ldflags: [],
    versionArgs: ["--version"],
    versionPattern: /^otelcol version /m,
    buildMinutes: 4,
    archives: {},
  },
};
