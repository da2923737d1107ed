package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.AccessRule.Match;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the shared cases leave out: words, limits, speed. */
class AccessListTest {
  private static AccessRule rule(@Nullable String account, String name, String words) {
    return new AccessRule(
        new Match(account, null, name, null, null, Map.of()), List.of("pull"), words);
  }

  private static Authorizer.Request request(Account account, String name) {
    return new Authorizer.Request(
        account, Scope.of(Scope.REPOSITORY, name, "pull"), "service", "127.0.0.1");
  }

  private static Authorizer.Request request(String user, String name) {
    return request(new Account(user, Map.of()), name);
  }

  @Test
  void saysWhichRuleDecided() {
    var rules = new AccessList(List.of(rule("bob", "a", "first"), rule(null, "a", "second")));

    assertEquals(
        new Authorizer.Decision(Set.of("pull"), "first"), rules.decide(request("bob", "a")));
    assertEquals(
        new Authorizer.Decision(Set.of("pull"), "second"), rules.decide(request("eve", "a")));
    assertNull(rules.decide(request("eve", "b")));
  }

  @Test
  void ruleAboutAddressesIsNotForUnknownOnes() {
    var rules =
        new AccessList(
            List.of(
                new AccessRule(
                    new Match(null, null, null, "0.0.0.0/0", null, Map.of()),
                    List.of("*"),
                    "rule")));
    var scope = Scope.of(Scope.REPOSITORY, "a", "pull");

    assertNull(rules.decide(new Authorizer.Request(Account.ANONYMOUS, scope, "s", null)));
    assertNull(rules.decide(new Authorizer.Request(Account.ANONYMOUS, scope, "s", "unix")));
    assertNotNull(rules.decide(new Authorizer.Request(Account.ANONYMOUS, scope, "s", "10.0.0.1")));
  }

  @Test
  void longNamesAreGrantedNothing() {
    var rules = new AccessList(List.of(rule(null, "/.*/", "everything")));

    assertEquals(
        new Authorizer.Decision(Set.of("pull"), "everything"),
        rules.decide(request("a", "b".repeat(1024))));
    var none = new Authorizer.Decision(Set.of(), "none, as a name is longer than 1024");
    assertEquals(none, rules.decide(request("a", "b".repeat(1025))));
    assertEquals(none, rules.decide(request("a".repeat(1025), "b")));
  }

  /** What is filled in could make an expression of it that is larger than one may be. */
  @ParameterizedTest
  @ValueSource(
      strings = {"(a{1000}){1000}", "((((a{99}){99}){99}){99})", "[", "(", "\\", "/(?=a)/", "a**"})
  void whatLabelsMakeOfPatternsIsBounded(String label) {
    var account = new Account("a", Map.of("team", List.of(label)));
    var rules =
        new AccessList(
            List.of(
                rule(null, "/^${labels:team}$/", "expression"),
                rule(null, "${labels:team}", "glob"),
                rule(null, "last", "last")));

    var decision =
        assertTimeoutPreemptively(
            Duration.ofSeconds(30), () -> rules.decide(request(account, "last")));
    assertEquals(new Authorizer.Decision(Set.of("pull"), "last"), decision);
  }

  @Test
  void combinationsOfLabelsAreBounded() {
    var values = Collections.nCopies(100, "x");
    var labels = Map.of("a", values, "b", values, "c", values, "d", List.<String>of());
    var account = new Account("a", labels);

    var fits = new AccessList(List.of(rule(null, "${labels:a}/${labels:b}", "fits")));
    assertNotNull(fits.decide(request(account, "x/x")));
    assertNull(fits.decide(request(account, "y/y")));

    var none = new AccessList(List.of(rule(null, "${labels:a}/${labels:d}", "none")));
    assertNull(none.decide(request(account, "x/x")));

    var many = new AccessList(List.of(rule(null, "${labels:a}${labels:b}${labels:c}", "many")));
    assertThrows(IllegalStateException.class, () -> many.decide(request(account, "y")));
  }

  @Test
  void explodingExpressionsDoNotExplode() {
    var rules = new ArrayList<AccessRule>();
    for (var i = 0; i < 1_000; i++) {
      rules.add(rule("/^(a|aa)+$/", "/^(([a-z])+.)+[A-Z]([a-z])+$/", "rule " + i));
    }
    var list = new AccessList(rules);

    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> assertNull(list.decide(request("a".repeat(250), "a".repeat(250)))));
  }

  /** Measured: well below the limit, which allows for a machine that does other things. */
  @Test
  void thousandRulesAreQuick() {
    var rules = new ArrayList<AccessRule>();
    for (var i = 0; i < 250; i++) {
      rules.add(rule("user" + i, "team" + i + "/*", "glob"));
      rules.add(rule("/^user" + i + "$/", "/^team" + i + "\\/.+$/", "expression"));
      rules.add(rule("/.+/", "other" + i + "/${account}/*", "placeholder"));
      rules.add(rule("/^(.+)@host" + i + "$/", "${account:1}/*", "capture"));
    }
    rules.add(rule(null, "last/app", "last"));
    var list = new AccessList(rules);
    var request = request("somebody@example", "last/app");
    for (var i = 0; i < 50; i++) {
      list.decide(request);
    }

    var start = System.nanoTime();
    for (var i = 0; i < 20; i++) {
      assertEquals("last", decided(list, request));
    }
    var each = Duration.ofNanos((System.nanoTime() - start) / 20);
    assertTrue(each.toMillis() < 250, each.toString());
  }

  private static @Nullable String decided(AccessList list, Authorizer.Request request) {
    var decision = list.decide(request);
    return decision == null ? null : decision.rule();
  }
}
