DROP TABLE export.notifications;
DROP TABLE export.notification_heads;
