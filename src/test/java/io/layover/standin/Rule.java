package io.layover.standin;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a stand-in does otherwise than a good registry, for the requests that match. The methods may
 * be combined. Those that concern a body act where the bytes are served: of a blob that is
 * redirected, at the second host. A request that is answered with a challenge counts only for rules
 * that answer instead of the registry, such as {@link #status}.
 */
public final class Rule {
  static final Rule NONE = new Rule("", "");
  static final String PULL_LIMIT =
      """
      {"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your unauthenticated pull \
      rate limit. You may increase it: https://www.docker.com/increase-rate-limit"}]}
      """;

  private final Pattern method;
  private final Pattern path;
  private final AtomicInteger seen = new AtomicInteger();
  private volatile int skip;
  private volatile int times = Integer.MAX_VALUE;
  private volatile boolean concernsBody;
  private volatile boolean early;

  volatile Duration latency = Duration.ZERO;
  volatile Future<?> held = Future.succeededFuture();
  volatile int status;
  volatile Buffer body = Buffer.buffer();
  volatile boolean unauthorized;
  volatile boolean hang;
  volatile boolean close;
  volatile @Nullable String redirect;
  volatile boolean redirectLoop;
  volatile long bytesPerSecond = Long.MAX_VALUE;
  volatile long cutAt = Long.MAX_VALUE;
  volatile long stallAt = Long.MAX_VALUE;
  volatile long resetAt = Long.MAX_VALUE;
  volatile long corruptAt = -1;
  volatile long announceMore;
  volatile long replaceWith = -1;
  volatile boolean chunked;
  final Map<String, String> headers = new ConcurrentHashMap<>();

  Rule(String method, String path) {
    this.method = Pattern.compile(method);
    this.path = Pattern.compile(path);
  }

  /** Only the next {@code n} matching requests. */
  public Rule times(int n) {
    times = n;
    return this;
  }

  /** Leaves the first {@code n} matching requests alone. */
  public Rule after(int n) {
    skip = n;
    return this;
  }

  /** Waits before anything is answered. */
  public Rule latency(Duration duration) {
    latency = duration;
    return this;
  }

  /** Waits until this is complete before anything is answered. */
  public Rule heldBy(Future<?> release) {
    held = release;
    return this;
  }

  /** Answers with this status and no body; before any check of a token. */
  public Rule status(int code) {
    return status(code, "text/plain", "");
  }

  public Rule status(int code, String contentType, String text) {
    status = code;
    early = true;
    body = Buffer.buffer(text);
    return header("Content-Type", contentType);
  }

  /** 429 as a registry says that the pull limit is reached. */
  public Rule pullLimit() {
    return status(429, "application/json", PULL_LIMIT);
  }

  /** 429 as the guard in front of a registry says it: not JSON. */
  public Rule abuseLimit(int retryAfter) {
    return status(429, "text/plain", "Too Many Requests (HAP429)")
        .header("Retry-After", Integer.toString(retryAfter));
  }

  /** Adds a header to, or replaces it in, whatever answer is given. */
  public Rule header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** Leaves a header out, such as {@code Docker-Content-Digest}. */
  public Rule without(String name) {
    return header(name, "");
  }

  /** Answers every token and every password with a challenge. */
  public Rule unauthorized() {
    unauthorized = true;
    early = true;
    return this;
  }

  /** Never answers. */
  public Rule hang() {
    hang = true;
    early = true;
    return this;
  }

  /** Closes the connection instead of an answer. */
  public Rule close() {
    close = true;
    early = true;
    return this;
  }

  public Rule redirect(String location) {
    redirect = location;
    early = true;
    return this;
  }

  /** Redirects to itself, each time under another query. */
  public Rule redirectLoop() {
    redirectLoop = true;
    early = true;
    return this;
  }

  /** Sends a body no faster than this. */
  public Rule throttle(long bytesEachSecond) {
    bytesPerSecond = bytesEachSecond;
    return ofBody();
  }

  /** Closes the connection after {@code n} bytes of the body. */
  public Rule cutAfter(long n) {
    cutAt = n;
    return ofBody();
  }

  /** Sends nothing more after {@code n} bytes, and keeps the connection. */
  public Rule stallAfter(long n) {
    stallAt = n;
    return ofBody();
  }

  /** Breaks the connection with a TCP reset after {@code n} bytes. */
  public Rule resetAfter(long n) {
    resetAt = n;
    return ofBody();
  }

  /** Changes the byte at this place. */
  public Rule corrupt(long at) {
    corruptAt = at;
    return ofBody();
  }

  /** Announces so many bytes more (or, negative, fewer) than are sent; closes when sent. */
  public Rule announceMore(long bytes) {
    announceMore = bytes;
    return ofBody();
  }

  /** Sends the body without saying how long it will be. */
  public Rule chunked() {
    chunked = true;
    return ofBody();
  }

  /** Sends a valid JSON object of so many bytes instead of the manifest, or zeros for a blob. */
  public Rule replaceWith(long bytes) {
    replaceWith = bytes;
    return ofBody();
  }

  /** Sends bytes, of undeclared number, until the client leaves. */
  public Rule endless() {
    return replaceWith(Long.MAX_VALUE).chunked();
  }

  /** How many requests this rule was applied to. */
  public int hits() {
    return Math.clamp(seen.get() - (long) skip, 0, times);
  }

  private Rule ofBody() {
    concernsBody = true;
    return this;
  }

  /** Whether this request is this rule's; {@code asked} is the path first asked for. */
  boolean claims(SeenRequest request, String asked, boolean admitted, boolean servesBody) {
    boolean here = path.matcher(request.path()).find();
    boolean mine = concernsBody ? servesBody && (here || path.matcher(asked).find()) : here;
    if (!mine || !(early || admitted) || !method.matcher(request.method()).matches()) {
      return false;
    }
    int n = seen.getAndIncrement();
    return n >= skip && n - skip < times;
  }
}
