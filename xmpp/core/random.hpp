// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport {

/// Bytes of the operating system's generator (through OpenSSL). A failure ends the program: nothing
/// safe can follow.
std::string random_bytes(std::size_t count);
/// `bytes` random bytes in lower-case hex; 16 (128 bits) is right for ids and nonces.
std::string random_id(std::size_t bytes = 16);
/// A ULID: 26 characters of Crockford base 32, 48 bits of milliseconds then 80 random bits. Two
/// made by this process within one millisecond still sort in the order they were made.
std::string make_ulid(std::chrono::system_clock::time_point now);
/// The instant within a ULID; that of a text which is none is the beginning of time.
std::chrono::sys_time<std::chrono::milliseconds> ulid_time(std::string_view ulid);
/// What all ULIDs of this instant begin with: less than each of them, greater than all earlier
/// ones.
std::string ulid_prefix(std::chrono::sys_time<std::chrono::milliseconds> time);

}  // namespace sallyport
