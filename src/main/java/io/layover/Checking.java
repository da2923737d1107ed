package io.layover;

import io.layover.config.Health.HttpCheck;
import io.layover.config.Secret;
import io.layover.health.Check;
import io.layover.health.Health;
import io.layover.health.Looks;
import io.layover.storage.Stores;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The checks that the section {@code health} asks for. */
final class Checking {
  private Checking() {}

  /** Begins to look at what the configuration says. */
  static Health watch(Vertx vertx, io.layover.config.Health configured, Stores stores) {
    return Health.watch(vertx, checks(new Looks(vertx), configured, stores));
  }

  private static List<Check> checks(
      Looks looks, io.layover.config.Health configured, Stores stores) {
    var all = new ArrayList<Check>();
    var storage = configured.storagedriver();
    if (storage.enabled()) {
      all.add(new Check("storagedriver", storage.interval(), storage.threshold(), stores.probe()));
    }
    for (var file : configured.file()) {
      var look = looks.file(Path.of(file.file()));
      all.add(new Check(file.file(), file.interval(), file.threshold(), look));
    }
    for (var http : configured.http()) {
      var look = looks.http(http.uri(), http.statuscode(), headers(http), http.timeout());
      // A URI may have a password in it, and names are shown.
      var name = http.uri().getHost() + http.uri().getPath();
      all.add(new Check(name, http.interval(), http.threshold(), look));
    }
    for (var tcp : configured.tcp()) {
      var host = tcp.addr().isEveryInterface() ? "127.0.0.1" : tcp.addr().host();
      var look = looks.tcp(host, tcp.addr().port(), tcp.timeout());
      all.add(new Check(tcp.addr().toString(), tcp.interval(), tcp.threshold(), look));
    }
    return all;
  }

  private static Map<String, List<String>> headers(HttpCheck check) {
    return check.headers().entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                header -> header.getValue().stream().map(Secret::reveal).toList()));
  }
}
