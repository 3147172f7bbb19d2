"""ETag and If-Match: a change that was decided on an old version is refused."""

import pytest


def test_the_etag_is_the_version_and_grows_with_every_change(seller):
    made = seller.api.keyed("/v1/listings", {
        "title": "Lamp", "description": "", "category": "home", "condition": "new",
        "price": {"amount": 100, "currency": "EUR"}, "quantity": 1})
    path = f"/v1/listings/{made.json['id']}"
    assert made.etag == f'"v{made.json["version"]}"'
    seen = [made.json["version"]]
    for change in (lambda: seller.api.patch(path, {"title": "Desk lamp"}),
                   lambda: seller.api.post(f"{path}/publish"),
                   lambda: seller.api.post(f"{path}/pause"),
                   lambda: seller.api.post(f"{path}/resume"),
                   lambda: seller.api.keyed(f"{path}/stock-adjustments",
                                            {"delta": 1, "reason": "found"})):
        answer = change()
        answer.expect(200)
        assert answer.etag == f'"v{answer.json["version"]}"'
        assert answer.json["version"] > seen[-1]
        read = seller.api.get(path)
        assert (read.etag, read.json) == (answer.etag, answer.json)
        seen.append(answer.json["version"])


def test_a_change_with_the_present_version_is_made(seller):
    listing = seller.draft()
    path = f"/v1/listings/{listing['id']}"
    etag = seller.api.get(path).etag
    after = seller.api.patch(path, {"title": "Red bicycle"}, if_match=etag)
    assert after.expect(200)["title"] == "Red bicycle"
    seller.api.post(f"{path}/publish", if_match=after.etag).expect(200)


def test_what_a_client_has_is_not_sent_again(seller, buyer):
    listing = seller.draft()
    path = f"/v1/listings/{listing['id']}"
    first = seller.api.get(path)
    again = seller.api.call("GET", path, headers={"If-None-Match": f'"v0", W/{first.etag}'})
    assert (again.status, again.body, again.etag) == (304, b"", first.etag)
    assert again.field("Cache-Control") == first.field("Cache-Control") == "no-store"
    assert again.field("Content-Type") is None and again.field("Vary") == "Authorization"
    hidden = buyer.api.call("GET", path, headers={"If-None-Match": "*"})
    hidden.refused(404, "not_found")
    seller.api.patch(path, {"title": "Red bicycle"}).expect(200)
    seller.api.call("GET", path, headers={"If-None-Match": first.etag}).expect(200)


def test_a_change_with_an_old_version_is_refused_and_tells_the_present_one(seller):
    listing = seller.draft()
    path = f"/v1/listings/{listing['id']}"
    old = seller.api.get(path).etag
    now = seller.api.patch(path, {"title": "Red bicycle"})
    for change in (lambda: seller.api.patch(path, {"title": "Green bicycle"}, if_match=old),
                   lambda: seller.api.post(f"{path}/publish", if_match=old),
                   lambda: seller.api.keyed(f"{path}/stock-adjustments",
                                            {"delta": 1, "reason": "found"}, if_match=old),
                   lambda: seller.api.delete(path, if_match=old)):
        problem = change().refused(412, "version_conflict")
        assert problem["meta"]["version"] == now.json["version"], problem
    assert seller.see(listing) == now.json


def test_of_two_who_change_the_same_version_one_is_told(seller):
    listing = seller.draft()
    path = f"/v1/listings/{listing['id']}"
    etag = seller.api.get(path).etag
    statuses = [seller.api.patch(path, {"title": title}, if_match=etag).status
                for title in ("First", "Second")]
    assert statuses == [200, 412]
    assert seller.see(listing)["title"] == "First"


def test_carts_and_checkouts_have_versions_too(seller, buyer):
    thing = seller.offer(quantity=5)
    cart = buyer.put_in(buyer.cart(), thing)
    line = f"/v1/carts/{cart['id']}/items/{cart['lines'][0]['id']}"
    assert buyer.api.get(f"/v1/carts/{cart['id']}").etag == f'"v{cart["version"]}"'
    buyer.api.patch(line, {"quantity": 2}, if_match=f'"v{cart["version"]}"').expect(200)
    buyer.api.patch(line, {"quantity": 3}, if_match=f'"v{cart["version"]}"').refused(
        412, "version_conflict")
    buyer.api.delete(line, if_match=f'"v{cart["version"]}"').refused(412, "version_conflict")
    checkout = buyer.check_out(thing)
    path = f"/v1/checkouts/{checkout['id']}"
    buyer.reserve(checkout)
    buyer.api.delete(path, if_match=f'"v{checkout["version"]}"').refused(412, "version_conflict")


@pytest.mark.parametrize("etag", ['"3"', '"v"', '"v01"', 'W/"v1"', '"v-1"', '""',
                                  '"v99999999999999999999999"'])
def test_a_tag_that_nobody_gave_matches_no_version(seller, etag):
    listing = seller.draft()
    problem = seller.api.patch(f"/v1/listings/{listing['id']}", {"title": "x"},
                               if_match=etag).refused(412, "version_conflict")
    assert problem["meta"]["version"] == listing["version"]


@pytest.mark.parametrize("etag", ["v3", "3", '"v3', 'w/"v3"', '"v3", "v4"'])
def test_a_malformed_if_match_is_refused(seller, etag):
    listing = seller.draft()
    seller.api.patch(f"/v1/listings/{listing['id']}", {"title": "x"}, if_match=etag).refused(
        400, "malformed_request")


def test_an_if_match_of_a_star_takes_any_version(seller):
    listing = seller.draft()
    seller.api.patch(f"/v1/listings/{listing['id']}", {"title": "x"}, if_match="*").expect(200)


def test_an_edit_changes_only_what_it_names(seller):
    listing = seller.draft()
    edited = seller.edit(listing, price={"amount": 999, "currency": "EUR"})
    changed = {name for name in listing if listing[name] != edited[name]}
    assert changed - {"updated_at"} == {"price", "version"}  # it may be the same millisecond
    assert edited["updated_at"] >= listing["updated_at"]


def test_repeating_a_change_that_was_made_changes_nothing(seller):
    listing = seller.offer()
    assert seller.publish(listing)["version"] == listing["version"]
    assert seller.act(listing, "resume")["version"] == listing["version"]
