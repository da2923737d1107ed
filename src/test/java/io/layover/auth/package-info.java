/** Tests of who may do what. */
@NullMarked
package io.layover.auth;

import org.jspecify.annotations.NullMarked;
