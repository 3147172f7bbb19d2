#pragma once
/// The market's ids. What a user owns takes that user's slot, so a person's things live together;
/// ids that derive from a value are made by the `..._for` function of their entity.

#include <string>

#include "base/bounded.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace resalehub {

using user_id = id<kind_prefix{"usr"}.packed>;
using email_claim_id = id<kind_prefix{"eml"}.packed>;
using listing_id = id<kind_prefix{"lst"}.packed>;
using cart_id = id<kind_prefix{"crt"}.packed>;
using checkout_id = id<kind_prefix{"chk"}.packed>;
using order_group_id = id<kind_prefix{"grp"}.packed>;
using order_id = id<kind_prefix{"ord"}.packed>;
using room_id = id<kind_prefix{"room"}.packed>;
using message_id = id<kind_prefix{"msg"}.packed>;
using charge_id = id<kind_prefix{"pay"}.packed>;

/// An id as a body carries it: taken as it comes, because an id of a wrong shape names nothing and
/// is answered like one that is unknown.
using id_text = text<0, 200, text_form::secret>;

/// The id in a body or path, or not_found.
template <class Id>
result<Id> named(const id_text& written) {
  if (const auto found = id_from_text<Id>(written.value)) return *found;
  return problem{code::not_found, "this id names nothing that you may see"};
}

}  // namespace resalehub
