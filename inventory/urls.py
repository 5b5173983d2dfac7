"""Addresses of the inventory."""

from django.urls import path

from inventory.verbs import OF_TAKE, OF_TASK, VERBS
from inventory.views import assets, counting, custody, labels, maintenance, rooms, types, verification

app_name = "inventory"
urlpatterns = [
    path("", assets.index, name="list"),
    path("export/<slug:form>/", assets.export, name="export"),
    path("new/", assets.new, name="new"),
    path("scan/", labels.scan, name="scan"),
    path("labels/", labels.sheet, name="labels"),
    path("mine/", custody.mine, name="mine"),
    path("hand-overs/", custody.index, name="handovers"),
    path("hand-overs/new/", custody.hand_over, name="hand-over"),
    path("hand-overs/<int:pk>/", custody.detail, name="detail"),
    path("people/<int:pk>/", custody.person, name="person"),
    path("people/<int:pk>/take-back/", custody.take_back, name="take-back"),
    path("verification/", verification.index, name="verification"),
    path("counts/", counting.index, name="takes"),
    path("counts/new/", counting.new, name="new-take"),
    path("counts/worker.js", counting.worker, name="count-worker"),
    path("counts/<int:pk>/", counting.detail, name="take"),
    path("counts/<int:pk>/count/", counting.count, name="count"),
    path("counts/<int:pk>/sign/", counting.sign, name="sign-take"),
    path("counts/<int:pk>/sign/challenge/", counting.challenge, name="sign-challenge"),
    *(
        path(f"counts/<int:pk>/{name}/", counting.act, {"verb": name}, name=f"take-{name}")
        for name in OF_TAKE
    ),
    path("maintenance/", maintenance.index, name="maintenance"),
    path("maintenance/calendar/", maintenance.calendar, name="calendar"),
    path("maintenance/mine.ics", maintenance.ics, name="ics"),
    path("maintenance/plans/", maintenance.plans, name="plans"),
    path("maintenance/plans/new/", maintenance.keep_plan, name="new-plan"),
    path("maintenance/plans/<int:pk>/", maintenance.keep_plan, name="plan"),
    path("maintenance/plans/<int:pk>/end/", maintenance.end_plan, name="end-plan"),
    path("maintenance/<int:pk>/", maintenance.task, name="task"),
    *(
        path(f"maintenance/<int:pk>/{name}/", maintenance.act, {"verb": name}, name=f"task-{name}")
        for name in OF_TASK
    ),
    path("rooms/", rooms.index, name="rooms"),
    path("rooms/new/", rooms.keep, name="new-room"),
    path("rooms/<int:pk>/", rooms.keep, name="room"),
    path("types/", types.index, name="types"),
    path("types/new/", types.keep, name="new-type"),
    path("types/<int:pk>/", types.keep, name="type"),
    path("t/<path:tag>/", assets.tagged, name="tagged"),
    path("of/<int:pk>/", assets.of_person, name="of_person"),
    path("files/<int:pk>/", assets.file, name="file"),
    path("files/<int:pk>/small/", assets.small, name="small"),
    path("<int:pk>/", assets.detail, name="asset"),
    *(path(f"<int:pk>/{name}/", assets.act, {"verb": name}, name=name) for name in VERBS),
]
