package io.layover.parts;

import io.layover.parts.Command.Result;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code dockerd} with images of its own, apart from one that may run on the machine. */
public final class DockerDaemon extends SocketDaemon {
  private DockerDaemon() {
    super("dockerd");
  }

  /** With this address as mirror of Docker Hub. */
  public static DockerDaemon withMirror(String url) {
    return configured("{\"registry-mirrors\": [\"" + url + "\"]}");
  }

  /** Without a mirror. */
  public static DockerDaemon start() {
    return configured("{}");
  }

  /** With what this {@code daemon.json} says, beside what keeps it apart. */
  public static DockerDaemon configured(String json) {
    var daemon = new DockerDaemon();
    var apart =
        """
        {"storage-driver": "vfs", "iptables": false, "ip6tables": false, "bridge": "none",
         "ip-forward": false, "hosts": ["unix://%1$s/dockerd.sock"], "data-root": "%1$s/data",
         "exec-root": "%1$s/exec", "pidfile": "%1$s/docker.pid",
         "insecure-registries": ["127.0.0.0/8"]}
        """
            .formatted(daemon.folder());
    Tools.write(
        daemon.folder().resolve("daemon.json"),
        new JsonObject(json).mergeIn(new JsonObject(apart)).encodePrettily());
    daemon.launch(Duration.ofSeconds(40));
    return daemon;
  }

  @Override
  List<String> command() {
    var config = folder().resolve("daemon.json").toString();
    return List.of(Tools.path("dockerd"), "--config-file", config);
  }

  @Override
  boolean answers() {
    return super.answers() && docker("version").exit() == 0;
  }

  /** The client, talking to this daemon. */
  public Result docker(String... arguments) {
    return client("docker", arguments);
  }

  /** The clients of this machine, each once. */
  public static Set<String> clients() {
    return Tools.findAll("docker").map(DockerDaemon::real).collect(Collectors.toSet());
  }

  private static String real(Path file) {
    try {
      return file.toRealPath().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One of the {@link #clients}, talking to this daemon. */
  public Result client(String program, String... arguments) {
    return Command.of(program, "-H", "unix://" + socket())
        .with(arguments)
        .env("DOCKER_CONFIG", folder().resolve("client").toString())
        .run();
  }
}
