package io.layover;

/** The program. */
public final class Layover {
  private Layover() {}

  public static void main(String[] args) {
    System.out.println("Layover");
  }
}
