// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "gateway/store/sqlite/sqlite.hpp"

namespace sallyport::store {

/// FNV-1a over the parts, each ended by a byte that text does not hold. Stored: never change it.
std::int64_t stable_hash(std::initializer_list<std::string_view> parts);

/// The shard of a bare JID: 0…1023.
int shard_of(std::int64_t user_key);

/// The first 128 bits of SHA-256 over the parts: what strangers choose must not collide on purpose.
class KeyHasher {
  public:
    KeyHasher();
    ~KeyHasher();
    KeyHasher(const KeyHasher&) = delete;
    KeyHasher& operator=(const KeyHasher&) = delete;
    Key operator()(std::initializer_list<std::string_view> parts);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sallyport::store
