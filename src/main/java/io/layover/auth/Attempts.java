package io.layover.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Slows down who guesses passwords: only so many wrong ones are taken for an account, and only so
 * many from an address. Where an account was seen with its right password, guesses from elsewhere
 * do not stop it.
 */
final class Attempts {
  private static final int MOST = 10_000;
  private static final Duration TRUSTED = Duration.ofDays(1);

  private final Buckets perAccount;
  private final Buckets perSource;
  private final Cache<Attempt, Boolean> trusted =
      Caffeine.newBuilder().maximumSize(MOST).expireAfterAccess(TRUSTED).build();

  Attempts(LongSupplier nanoTime) {
    perAccount = new Buckets(20, Duration.ofSeconds(6), nanoTime);
    perSource = new Buckets(30, Duration.ofSeconds(2), nanoTime);
  }

  /** Who tries, and from where. */
  record Attempt(String user, String source) {
    static Attempt of(String user, @Nullable String address) {
      return new Attempt(user, sourceOf(address));
    }

    /** Whoever has an IPv6 address has all of its /64. */
    private static String sourceOf(@Nullable String address) {
      if (address == null) {
        return "";
      }
      return InetAddresses.isInetAddress(address)
              && InetAddresses.forString(address) instanceof Inet6Address v6
          ? HexFormat.of().formatHex(Arrays.copyOf(v6.getAddress(), 8))
          : address;
    }
  }

  /** The seconds until this may be tried; 0: now. */
  long secondsToWait(Attempt attempt) {
    var source = perSource.secondsToWait(attempt.source);
    return trusted.getIfPresent(attempt) != null
        ? source
        : Math.max(source, perAccount.secondsToWait(attempt.user));
  }

  void wrong(Attempt attempt) {
    perAccount.take(attempt.user);
    perSource.take(attempt.source);
  }

  void right(Attempt attempt) {
    trusted.put(attempt, true);
  }
}
