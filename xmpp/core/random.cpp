// SPDX-License-Identifier: Apache-2.0
#include "xmpp/core/random.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <mutex>

#include <openssl/rand.h>

#include "xmpp/core/text.hpp"

namespace sallyport {
namespace {

void fill(unsigned char* out, std::size_t count) {
    if (RAND_bytes(out, static_cast<int>(count)) != 1) std::abort();
}

// The last ULID handed out. Process-wide, because its order is promised process-wide.
struct UlidState {
    std::mutex mutex;
    std::uint64_t milliseconds = 0;
    std::array<unsigned char, 10> tail{};
};

// Adds one to the 80-bit number; false when it wrapped.
bool increment(std::array<unsigned char, 10>& tail) {
    for (std::size_t i = tail.size(); i-- > 0;)
        if (++tail[i] != 0) return true;
    return false;
}

// Lower case, which the specification of ULIDs lets readers take for the same: ids are tokens to
// others, and what they look for in texts (a log's words, a load generator's marks) is often upper
// case.
constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";

std::string crockford(std::uint64_t milliseconds, const std::array<unsigned char, 10>& tail) {
    std::string out(26, '0');
    for (std::size_t i = 10; i-- > 0; milliseconds >>= 5) out[i] = digits[milliseconds & 31];
    std::uint32_t pending = 0;
    unsigned bits = 0;
    std::size_t at = 10;
    for (unsigned char byte : tail) {
        pending = (pending << 8) | byte;
        for (bits += 8; bits >= 5; bits -= 5) out[at++] = digits[(pending >> (bits - 5)) & 31];
    }
    return out;
}

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (count > 0) fill(reinterpret_cast<unsigned char*>(bytes.data()), count);
    return bytes;
}

std::string random_id(std::size_t bytes) {
    return hex_encode(random_bytes(bytes));
}

std::string make_ulid(std::chrono::system_clock::time_point now) {
    static UlidState state;
    auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    auto milliseconds = static_cast<std::uint64_t>(since.count()) & 0xFFFF'FFFF'FFFF;
    std::lock_guard lock(state.mutex);
    // A clock set back must not break the order either: go on from the latest instant used.
    if (milliseconds > state.milliseconds) {
        state.milliseconds = milliseconds;
        fill(state.tail.data(), state.tail.size());
        state.tail[0] &= 0x7F;  // room to count up within the millisecond
    } else if (!increment(state.tail)) {
        ++state.milliseconds;
    }
    return crockford(state.milliseconds, state.tail);
}

std::chrono::sys_time<std::chrono::milliseconds> ulid_time(std::string_view ulid) {
    std::uint64_t milliseconds = 0;
    for (const char letter : ulid.substr(0, 10)) {
        const char lower = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
        const std::size_t digit = digits.find(lower);
        if (ulid.size() != 26 || digit == std::string_view::npos) return {};
        milliseconds = milliseconds << 5 | digit;
    }
    return std::chrono::sys_time<std::chrono::milliseconds>(
        std::chrono::milliseconds(milliseconds & 0xFFFF'FFFF'FFFF)
    );
}

std::string ulid_prefix(std::chrono::sys_time<std::chrono::milliseconds> time) {
    const auto since = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
    return crockford(static_cast<std::uint64_t>(since) & 0xFFFF'FFFF'FFFF, {}).substr(0, 10);
}

}  // namespace sallyport
