"""The admin page: handlers that ask the Office for everything and decide nothing themselves.

Reading order: `session` (who is signed in, the base of all handlers), `forms` (what a POST brings),
`flashes`, then the pages, one module to a subject.
"""

from tornado.web import RequestHandler

from tornchat.web.admin import (
    account,
    accounts,
    announce,
    auditlog,
    backup,
    bans,
    dashboard,
    login,
    messages,
    people,
    room,
    rooms,
    session,
    settings,
    tokens,
)
from tornchat.web.site import Site

Route = tuple[str, type[RequestHandler]]


def routes(site: Site) -> list[Route]:
    """Return the routes of the admin page: each part has its own lines, the last takes the rest."""
    return [
        (r"/admin", session.HomeHandler),
        (r"/admin/login", login.LoginHandler),
        (r"/admin/setup", login.SetupHandler),
        (r"/admin/logout", login.LogoutHandler),
        (r"/admin/token", login.TokenHandler),
        (r"/admin/account", account.AccountHandler),
        (r"/admin/account/second-factor", account.SecondFactorHandler),
        (r"/admin/account/second-factor/off", account.SecondFactorOffHandler),
        (r"/admin/account/sign-out-everywhere", account.SignOutEverywhereHandler),
        (r"/admin/accounts", accounts.AccountsHandler),
        (r"/admin/accounts/(link|rooms|remove)", accounts.AccountChangeHandler),
        (r"/admin/", dashboard.DashboardHandler),
        (r"/admin/audit", auditlog.AuditHandler),
        (r"/admin/audit/export", auditlog.AuditExportHandler),
        (r"/admin/settings", settings.SettingsHandler),
        (r"/admin/backup", backup.BackupHandler),
        (r"/admin/backup/download", backup.BackupDownloadHandler),
        (r"/admin/rooms", rooms.RoomsHandler),
        (r"/admin/new-room", rooms.NewRoomHandler),
        (r"/admin/rooms/([^/]+)", room.RoomHandler),
        (r"/admin/rooms/([^/]+)/settings", room.RoomSettingsHandler),
        (r"/admin/rooms/([^/]+)/(lock|unlock|archive|unarchive)", room.RoomActionHandler),
        (r"/admin/rooms/([^/]+)/delete", room.RoomDeleteHandler),
        (r"/admin/rooms/([^/]+)/rotate", tokens.RotateHandler),
        (r"/admin/rooms/([^/]+)/tokens", tokens.RoomTokensHandler),
        (r"/admin/rooms/([^/]+)/tokens/([0-9]{1,12})/revoke", tokens.RoomRevokeHandler),
        (r"/admin/tokens", tokens.TokensHandler),
        (r"/admin/tokens/([0-9]{1,12})/revoke", tokens.RevokeHandler),
        (r"/admin/messages", messages.MessagesHandler),
        (r"/admin/messages/delete", messages.DeleteHandler),
        (r"/admin/messages/delete-of", messages.DeleteOfHandler),
        (r"/admin/messages/call-off/([0-9]{1,12}(?:-[0-9]{1,12}){0,99})", messages.CallOffHandler),
        (r"/admin/rooms/([^/]+)/messages", messages.RoomMessagesHandler),
        (r"/admin/rooms/([^/]+)/messages/delete", messages.RoomDeleteMessagesHandler),
        (r"/admin/rooms/([^/]+)/messages/delete-of", messages.RoomDeleteOfHandler),
        (r"/admin/announce", announce.AnnounceHandler),
        (r"/admin/people", people.PeopleHandler),
        (r"/admin/rooms/([^/]+)/people", people.RoomPeopleHandler),
        (r"/admin/bans", bans.BansHandler),
        (r"/admin/bans/([0-9]{1,12})/lift", bans.LiftHandler),
        (r"/admin/rooms/([^/]+)/bans", bans.RoomBansHandler),
        (r"/admin/rooms/([^/]+)/bans/([0-9]{1,12})/lift", bans.RoomLiftHandler),
        (r"/admin/.*", session.NotThereHandler),
    ]
