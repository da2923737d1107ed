package io.layover;

import io.layover.config.Address;
import io.layover.config.Notifications;
import io.layover.config.Secret;
import io.layover.notify.Receivers;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Those who are told of events, as the section {@code notifications} says. */
final class Notifying {
  private static final Receivers.Limits LIMITS = new Receivers.Limits(10_000, 16 << 20);

  private Notifying() {}

  /** Takes up sending to those that are not disabled. */
  static Receivers start(
      Vertx vertx, Notifications configured, Address address, MeterRegistry meters) {
    var names = new HashSet<String>();
    var rules =
        configured.endpoints().stream()
            .filter(endpoint -> !endpoint.disabled())
            .map(endpoint -> rules(endpoint, names))
            .toList();
    var references = configured.events().includereferences();
    return rules.isEmpty()
        ? Receivers.NONE
        : Receivers.of(vertx, rules, LIMITS, host() + ":" + address.port(), references, meters);
  }

  private static Receivers.Rules rules(Notifications.Endpoint endpoint, Set<String> taken) {
    return new Receivers.Rules(
        name(endpoint.name(), taken),
        endpoint.url(),
        headers(endpoint.headers()),
        endpoint.timeout(),
        endpoint.threshold(),
        endpoint.backoff(),
        mediaTypes(endpoint),
        Set.copyOf(endpoint.ignore().actions()));
  }

  /** As in distribution, names may repeat; figures and log lines need to tell them apart. */
  private static String name(String name, Set<String> taken) {
    var own = name;
    for (var n = 2; !taken.add(own); n++) {
      own = name + "-" + n;
    }
    return own;
  }

  private static Map<String, List<String>> headers(Map<String, List<Secret>> configured) {
    return configured.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, one -> one.getValue().stream().map(Secret::reveal).toList()));
  }

  /** From the key of today and from its predecessor. */
  private static Set<String> mediaTypes(Notifications.Endpoint endpoint) {
    var all = new HashSet<>(endpoint.ignoredmediatypes());
    all.addAll(endpoint.ignore().mediatypes());
    return Set.copyOf(all);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
