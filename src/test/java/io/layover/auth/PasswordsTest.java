package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.Authenticator.WrongPassword;
import io.layover.auth.Passwords.TooManyAttempts;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PasswordsTest {
  private static final String HERE = "192.0.2.1";

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong now = new AtomicLong();
  private final Users users = new Users();

  /** Users in memory, who notes on which threads it was asked. */
  private static final class Users implements Authenticator {
    private final Map<String, PasswordHash> hashes = new ConcurrentHashMap<>();
    private final List<Boolean> eventLoops = new CopyOnWriteArrayList<>();

    Users with(String user, String password) {
      hashes.put(user, PasswordHash.of(password, 6));
      return this;
    }

    @Override
    public Future<@Nullable Account> authenticate(String user, String password) {
      eventLoops.add(Context.isOnEventLoopThread());
      var hash = hashes.get(user);
      if (hash == null) {
        return Future.succeededFuture(null);
      }
      return hash.matches(password)
          ? Future.succeededFuture(new Account(user, Map.of()))
          : Future.failedFuture(new WrongPassword());
    }

    @Override
    public @Nullable Entry entry(String user) {
      var hash = hashes.get(user);
      return hash == null ? null : new Entry(new Account(user, Map.of()), hash.text());
    }

    @Override
    public @Nullable PasswordHash decoy() {
      return hashes.values().stream().findAny().orElse(null);
    }
  }

  @AfterEach
  void tearDown() {
    vertx.close().await();
  }

  @Test
  void aRightPasswordIsRememberedUntilItsEntryChanges() {
    var passwords = passwords(users.with("alice", "secret1"));
    assertEquals("alice", check(passwords, "alice", "secret1"));
    assertEquals("alice", check(passwords, "alice", "secret1"));
    assertEquals(1, users.eventLoops.size(), "it was asked once");
    assertEquals(1, count("verified"));
    assertEquals(1, count("remembered"));
    users.with("alice", "another");
    assertEquals("WrongPassword", check(passwords, "alice", "secret1"));
    assertEquals("alice", check(passwords, "alice", "another"));
    users.hashes.remove("alice");
    assertEquals("WrongPassword", check(passwords, "alice", "another"));
  }

  @Test
  void theFirstWhoKnowsAUserDecides() {
    var second = new Users().with("alice", "of the second").with("bob", "secret2");
    var passwords = passwords(users.with("alice", "secret1"), second);
    assertEquals("alice", check(passwords, "alice", "secret1"));
    assertEquals("WrongPassword", check(passwords, "alice", "of the second"));
    assertEquals("bob", check(passwords, "bob", "secret2"));
    assertEquals("WrongPassword", check(passwords, "carol", "secret3"));
    assertEquals("WrongPassword", check(passwords, "", ""));
  }

  @Test
  void noHashIsCheckedOnAnEventLoopAndAnswersComeBackToIt() {
    var passwords = passwords(users.with("alice", "secret1"));
    var context = vertx.getOrCreateContext();
    var answered =
        Future.<Context>future(
            promise ->
                context.runOnContext(
                    v ->
                        passwords
                            .check(new Credentials("alice", "secret1"), HERE)
                            .onComplete(done -> promise.complete(Vertx.currentContext()))));
    assertEquals(context, await(answered));
    assertEquals(List.of(false), users.eventLoops);
  }

  @Test
  void thoseWhoComeTogetherPayForOneHash() {
    var passwords = passwords(users.with("alice", "secret1"));
    var all = new ArrayList<Future<Account>>();
    for (var i = 0; i < 100; i++) {
      all.add(passwords.check(new Credentials("alice", "secret1"), HERE));
    }
    await(Future.all(List.copyOf(all)));
    assertEquals(1, users.eventLoops.size());
  }

  @Test
  void whoGuessesIsToldToWait() {
    var passwords = passwords(users.with("alice", "secret1"));
    for (var i = 0; i < 20; i++) {
      assertEquals("WrongPassword", check(passwords, "alice", "wrong" + i));
    }
    var refused =
        assertInstanceOf(
            TooManyAttempts.class,
            passwords.check(new Credentials("alice", "secret1"), HERE).cause());
    assertEquals(6, refused.retryAfter());
    assertEquals(20, users.eventLoops.size(), "no hash is checked any more");
    assertEquals(1, count("limited"));
    now.addAndGet(Duration.ofSeconds(6).toNanos());
    assertEquals("alice", check(passwords, "alice", "secret1"));
  }

  @Test
  void guessesAtTheSameMomentAreCountedToo() {
    var passwords = passwords(users.with("alice", "secret1"));
    var all = new ArrayList<Future<Account>>();
    for (var i = 0; i < 300; i++) {
      all.add(passwords.check(new Credentials("alice", "wrong" + i), HERE));
    }
    await(Future.join(List.copyOf(all)).otherwiseEmpty());
    assertTrue(users.eventLoops.size() < 40, () -> users.eventLoops.size() + " were looked at");
  }

  @Test
  void whoDoesNotSayWhoItIsIsNotLimited() {
    var passwords = passwords(users.with("alice", "secret1"));
    for (var i = 0; i < 100; i++) {
      assertEquals("WrongPassword", check(passwords, "", ""));
    }
    assertEquals("alice", check(passwords, "alice", "secret1"));
  }

  @Test
  void usersThatDoNotExistTakeAsLong() {
    var passwords = passwords(users.with("alice", "secret1"));
    var known = new long[15];
    var unknown = new long[15];
    for (var i = 0; i < known.length; i++) {
      now.addAndGet(Duration.ofMinutes(5).toNanos());
      known[i] = nanosOf(passwords, "alice", "wrong" + i);
      unknown[i] = nanosOf(passwords, "bob", "wrong" + i);
    }
    Arrays.sort(known);
    Arrays.sort(unknown);
    var ratio = (double) unknown[7] / known[7];
    assertTrue(ratio > 0.5 && ratio < 2, () -> "median of unknown to known: " + ratio);
  }

  @Test
  void aFailureIsNoWrongPassword() {
    Authenticator broken = (user, password) -> Future.failedFuture("no answer");
    var passwords = passwords(broken);
    for (var i = 0; i < 100; i++) {
      assertFalse(check(passwords, "alice", "secret1").equals("WrongPassword"));
    }
    assertEquals(100, count("failed"));
    assertThrows(Exception.class, () -> await(passwords.check(new Credentials("a", "b"), null)));
  }

  private Passwords passwords(Authenticator... authenticators) {
    return new Passwords(vertx, List.of(authenticators), meters, now::get);
  }

  private static long nanosOf(Passwords passwords, String user, String password) {
    var start = System.nanoTime();
    assertEquals("WrongPassword", check(passwords, user, password));
    return System.nanoTime() - start;
  }

  /** The account's name, or why there is none. */
  private static String check(Passwords passwords, String user, String password) {
    return await(
        passwords
            .check(new Credentials(user, password), HERE)
            .map(Account::name)
            .recover(e -> Future.succeededFuture(e.getClass().getSimpleName())));
  }

  private double count(String outcome) {
    return meters.get("layover.password.checks").tag("outcome", outcome).counter().count();
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer", e);
    }
  }
}
