package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "repository:a/b:pull,push             | repository:a/b:pull,push",
        "repository:host:5000/a:pull          | repository:host:5000/a:pull",
        "repository(plugin):a/b:pull          | repository:a/b:pull",
        "registry:catalog:*                   | registry:catalog:*",
        "repository:a:pull, push,             | repository:a:pull,push",
        "repository:a:                        | repository:a:",
      })
  void isRead(String text, String same) {
    assertEquals(same, String.valueOf(Scope.parse(text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "repository", "repository:a", ":a:pull", "repository::pull", "::"})
  void isRefused(String text) {
    assertNull(Scope.parse(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "repository:a:pull,push | repository:a:pull    | true",
        "repository:a:pull      | repository:a:push    | false",
        "repository:a:*         | repository:a:delete  | true",
        "repository:a:pull      | repository:a/b:pull  | false",
        "registry:a:pull        | repository:a:pull    | false",
      })
  void covers(String granted, String needed, boolean covers) {
    var scope = Scope.parse(granted);
    var wanted = Scope.parse(needed);
    assertNotNull(scope);
    assertNotNull(wanted);
    assertEquals(covers, scope.covers(wanted));
  }

  @Test
  void anonymousHasNoName() {
    assertEquals(true, Account.ANONYMOUS.isAnonymous());
  }
}
