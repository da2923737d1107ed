package io.layover.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration, complete and valid: every default is filled in. Components are named as their
 * keys are. {@link ConfigReader} makes it, {@link ConfigPrinter} shows it.
 *
 * @param auth absent: everybody may do everything
 * @param proxy absent: a plain registry
 * @param warnings what was ignored and is worth a line in the log, each with its place
 */
public record Config(
    Logging log,
    Storage storage,
    @Nullable Auth auth,
    Http http,
    Notifications notifications,
    Health health,
    @Nullable Proxy proxy,
    Validation validation,
    Policy policy,
    @Key("catalog.maxentries") int catalogMaxEntries,
    @Key("tags.maxtags") int tagsMaxTags,
    List<String> warnings) {
  private static final int PAGE = 1000;

  /** Reads every section; what is wrong is noted by {@code root}. */
  static Config read(Section root, Problems problems) {
    var config =
        new Config(
            Logging.read(root.section("log"), root.choice("loglevel", Logging.Level.INFO)),
            Storage.read(root.section("storage")),
            Auth.read(root.section("auth")),
            Http.read(root.section("http")),
            Notifications.read(root.section("notifications")),
            Health.read(root.section("health")),
            Proxy.read(root.section("proxy")),
            Validation.read(root.section("validation")),
            Policy.read(root.section("policy")),
            page(root.section("catalog"), "maxentries"),
            page(root.section("tags"), "maxtags"),
            List.of());
    Unserved.skip(root);
    root.done();
    return config.with(problems.warnings());
  }

  /** As in distribution, a number that is not positive is the default. */
  private static int page(Section section, String key) {
    var entries = section.integer(key, Integer.MIN_VALUE, PAGE);
    return entries > 0 ? entries : PAGE;
  }

  /** The same with other warnings. */
  Config with(List<String> warnings) {
    return new Config(
        log,
        storage,
        auth,
        http,
        notifications,
        health,
        proxy,
        validation,
        policy,
        catalogMaxEntries,
        tagsMaxTags,
        warnings);
  }
}
