// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace sallyport::xmpp {

/// Finds the end of one long tag, looking at each byte once.
///
/// Without reparse deferral, expat scans an unfinished tag again from its start with every feed:
/// 256 KiB byte by byte cost 17 s. With deferral it may keep a finished stanza to itself until more
/// bytes come. So once a tag has grown long, its bytes are kept back until this gate has seen the
/// `>` that ends it.
class TokenGate {
  public:
    enum class Verdict {
        tag,      ///< a start or end tag: the gate stands
        data,     ///< nothing that can grow: keep feeding
        refused,  ///< a reference, comment, instruction or declaration: restricted XML whatever
                  ///< follows
    };

    /// Looks at the unfinished token that the parser waits with.
    Verdict open(std::string_view pending);
    bool is_open() const { return open_; }
    /// The number of bytes up to and with the end of the tag, after which the gate is closed; npos
    /// when it is not there yet.
    std::size_t pass(std::string_view bytes);

  private:
    bool open_ = false;
    char quote_ = 0;
};

}  // namespace sallyport::xmpp
