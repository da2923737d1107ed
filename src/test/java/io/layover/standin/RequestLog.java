package io.layover.standin;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** The requests that a stand-in received. */
public final class RequestLog {
  private final List<SeenRequest> requests = new CopyOnWriteArrayList<>();

  void add(SeenRequest request) {
    requests.add(request);
  }

  /** Every request so far, in the order of arrival. */
  public List<SeenRequest> requests() {
    return List.copyOf(requests);
  }

  /** The requests whose whole method and whose path, somewhere in it, match. */
  public List<SeenRequest> requests(String methodRegex, String pathRegex) {
    var path = Pattern.compile(pathRegex);
    return requests.stream()
        .filter(r -> r.method().matches(methodRegex) && path.matcher(r.path()).find())
        .toList();
  }

  /** The only such request; fails if there were none or more. */
  public SeenRequest only(String methodRegex, String pathRegex) {
    var found = requests(methodRegex, pathRegex);
    if (found.size() != 1) {
      throw new AssertionError("not one request but " + found + " among " + requests);
    }
    return found.getFirst();
  }

  /** Bytes of all bodies of manifests and blobs written so far. */
  public long bytesSent() {
    return requests.stream().mapToLong(SeenRequest::bytesSent).sum();
  }

  public void clear() {
    requests.clear();
  }
}
