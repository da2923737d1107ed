package io.layover.parts;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Layover, packaged, in a process of its own; as its users run it. */
public final class LayoverProcess extends Registry {
  private static final Path JAR = Path.of("target", "layover.jar").toAbsolutePath();

  private final Path folder;
  private Path storage;
  private final Map<String, String> environment = new HashMap<>();
  private String more = "";
  private @Nullable String whole;
  private @Nullable String driver;
  private boolean hasFile = true;
  private String scheme = "http";
  private List<String> flags = launcherFlags();

  private LayoverProcess(Path folder) {
    super(folder.resolve("layover.log"));
    this.folder = folder;
    storage = folder.resolve("data");
  }

  /** A private registry that stores in a folder of its own; {@link #config} says more. */
  public static LayoverProcess create() {
    return new LayoverProcess(Tools.freshFolder("layover"));
  }

  /** A mirror of {@code upstream}. */
  public static LayoverProcess mirror(String upstream) {
    return create().config("proxy:\n  remoteurl: \"" + upstream + "\"\n");
  }

  /** More sections of the configuration, as YAML. */
  public LayoverProcess config(String yaml) {
    more = yaml;
    return this;
  }

  /** The whole configuration, instead of what it is otherwise. */
  public LayoverProcess file(String yaml) {
    whole = yaml;
    return this;
  }

  /** Has no file, and is told everything by variables, as in a container. */
  public LayoverProcess byVariables() {
    hasFile = false;
    return env("REGISTRY_HTTP_ADDR", address())
        .env("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", storage().toString());
  }

  /** Stores in a bucket, and sends nobody there. */
  public LayoverProcess bucket(S3Server s3, String bucket) {
    driver = s3.section(bucket) + "\n  redirect: {disable: true}";
    environment.put("REGISTRY_STORAGE_S3_SPOOLDIRECTORY", folder.resolve("spool").toString());
    return this;
  }

  /** Is reached by TLS. */
  public LayoverProcess encrypted() {
    scheme = "https";
    return this;
  }

  public LayoverProcess env(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Other flags of the JVM than those that the launcher gives. */
  public LayoverProcess flags(String... jvmFlags) {
    flags = List.of(jvmFlags);
    return this;
  }

  @Override
  public LayoverProcess start() {
    Tools.write(configFile(), configuration());
    start(Duration.ofSeconds(30));
    return this;
  }

  @Override
  URI probe() {
    return URI.create(scheme + "://" + address() + "/v2/");
  }

  private String configuration() {
    if (whole != null) {
      return whole;
    }
    var stores =
        driver == null ? "filesystem: {rootdirectory: \"%s\"}".formatted(storage()) : driver;
    return """
    version: 0.1
    storage:
      %s
    http: {addr: "%s"}
    """
            .formatted(stores, address())
        + more;
  }

  public Path configFile() {
    return folder.resolve("layover.yml");
  }

  @Override
  List<String> command() {
    return hasFile ? command(flags, "serve", configFile().toString()) : command(flags, "serve");
  }

  /** The packaged program with these arguments. */
  static List<String> command(List<String> jvmFlags, String... arguments) {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException(JAR + " is absent; mvn package makes it");
    }
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmFlags);
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-jar", JAR.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** The JVM's flags wherever Layover runs. */
  static List<String> launcherFlags() {
    return Tools.read(Path.of("deploy/jvm.flags"))
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  @Override
  Map<String, String> environment() {
    return environment;
  }

  @Override
  public Path storage() {
    return storage;
  }

  /** Stores there, where another registry may have stored before. */
  public LayoverProcess storage(Path root) {
    storage = root;
    return this;
  }
}
